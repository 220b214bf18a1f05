import type { EventView } from '@bkend/storage-contract';
import { canManage } from '../files/access.ts';
import type { FilesDeps } from '../files/deps.ts';
import { viewFile } from '../files/view-file.ts';
import type { Caller } from '../identity/caller.ts';
import type { EndedUpload, Event } from './event.ts';

export type ViewEventDeps = Pick<FilesDeps, 'imageUrl'>;

/** Fields that a file has for its owner and admins alone. */
const privateFields: ReadonlySet<string> = new Set([
  ...['ownerId', 'ownerType', 'bucket', 'sharedWith', 'deletedAt'],
]);

/** The event as this caller may see it: whole for owner and admins, in public fields for users that the file is shared with. */
export function viewEvent(deps: ViewEventDeps, caller: Caller, event: Event): EventView {
  const isManager = isManagerOf(caller, event);
  const file = isManager ? event.file : (event.formerFile ?? event.file);
  const changed = isManager ? event.changed : event.changed?.filter((field) => !privateFields.has(field));
  const userIds = isManager
    ? event.userIds
    : event.userIds?.filter((id) => caller.kind === 'user' && id === caller.userId);
  return {
    id: event.id,
    type: event.type,
    createdAt: event.createdAt.toISOString(),
    environment: event.tenant,
    data: {
      ...(isManager && event.details),
      ...(file && { file: viewFile(deps, caller, file) }),
      ...(changed && { changed: [...changed] }),
      ...(userIds && { userIds: [...userIds] }),
      ...(event.upload && { upload: viewUpload(event.upload) }),
    },
  };
}

/** The event as its owner and admins see it, for a webhook of the environment. */
export function viewWholeEvent(deps: ViewEventDeps, event: Event): EventView {
  return viewEvent(deps, { kind: 'admin', tenant: event.tenant, keyId: 'webhook', scopes: [] }, event);
}

function isManagerOf(caller: Caller, { tenant, ownerId, ownerType }: Event): boolean {
  if (ownerId !== undefined && ownerType !== undefined)
    return canManage(caller, { tenant, ownerId, ownerType });
  return caller.kind === 'admin' && caller.tenant === tenant;
}

function viewUpload(upload: EndedUpload): NonNullable<EventView['data']['upload']> {
  return {
    key: upload.key,
    contentType: upload.contentType,
    ...(upload.sizeBytes !== undefined && { size: upload.sizeBytes }),
    ownerId: upload.ownerId,
    ownerType: upload.ownerType,
    createdAt: upload.createdAt.toISOString(),
  };
}
