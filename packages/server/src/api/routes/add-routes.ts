import type { Api, ApiDeps } from '../api.ts';
import { environmentRoutes } from './environment.ts';
import { fileRoutes } from './files.ts';
import { multipartRoutes } from './multipart.ts';
import { shareRoutes } from './shares.ts';
import { uploadRoutes } from './uploads.ts';
import { usageRoutes } from './usage.ts';

/** Every route below `/v1`. */
export function addRoutes(v1: Api, { files, projects }: Pick<ApiDeps, 'files' | 'projects'>): void {
  uploadRoutes(v1, files);
  multipartRoutes(v1, files);
  fileRoutes(v1, files);
  shareRoutes(v1, files);
  usageRoutes(v1, files);
  environmentRoutes(v1, projects);
}
