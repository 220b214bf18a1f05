import type { EventView } from '@bkend/storage-contract';
import type { FilesDeps } from '../../files/deps.ts';
import { viewFile } from '../../files/view-file.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Event } from '../event.ts';

/** An event as the body of a delivery: the file in its owner's view. */
export function renderEvent(deps: Pick<FilesDeps, 'imageUrl'>, event: Event): EventView {
  const { id, type, createdAt, tenant, file, changed, userIds, upload, details } = event;
  return {
    ...{ id, type, createdAt: createdAt.toISOString(), environment: tenant },
    data: {
      ...(file && { file: viewFile(deps, adminOf(tenant), file) }),
      ...(changed && { changed: [...changed] }),
      ...(userIds && { userIds: [...userIds] }),
      ...(upload && {
        upload: {
          ...{ key: upload.key, contentType: upload.contentType },
          ...(upload.sizeBytes !== undefined && { size: upload.sizeBytes }),
          ...{
            ownerId: upload.ownerId,
            ownerType: upload.ownerType,
            createdAt: upload.createdAt.toISOString(),
          },
        },
      }),
      ...details,
    },
  };
}

/** A caller with all fields and all permissions. */
function adminOf(tenant: Tenant) {
  return { kind: 'admin', tenant, keyId: 'webhook', scopes: [] } as const;
}
