import type { Api, ApiDeps } from '../api.ts';
import { avatarRoutes } from './avatars.ts';
import { bulkRoutes } from './bulk.ts';
import { contentsRoutes } from './contents.ts';
import { environmentRoutes } from './environment.ts';
import { eventRoutes } from './events.ts';
import { fileRoutes } from './files.ts';
import { folderRoutes } from './folders.ts';
import { createListGate } from './list-gate.ts';
import { multipartRoutes } from './multipart.ts';
import { operationRoutes } from './operations.ts';
import { shareRoutes } from './shares.ts';
import { trashRoutes } from './trash.ts';
import { uploadRoutes } from './uploads.ts';
import { usageRoutes } from './usage.ts';
import { versionRoutes } from './versions.ts';
import { webhookRoutes } from './webhooks.ts';

type RoutesDeps = Pick<ApiDeps, 'files' | 'projects' | 'events' | 'webhooks'>;

/** Every route below `/v1`. */
export function addRoutes(v1: Api, { files, projects, events, webhooks }: RoutesDeps): void {
  const gate = createListGate();
  uploadRoutes(v1, files);
  multipartRoutes(v1, files);
  fileRoutes(v1, files, gate);
  trashRoutes(v1, files);
  bulkRoutes(v1, files, gate);
  folderRoutes(v1, files, gate);
  operationRoutes(v1, files, gate);
  contentsRoutes(v1, files);
  versionRoutes(v1, files);
  shareRoutes(v1, files);
  avatarRoutes(v1, files);
  usageRoutes(v1, files, gate);
  eventRoutes(v1, events);
  environmentRoutes(v1, projects);
  webhookRoutes(v1, webhooks);
}
