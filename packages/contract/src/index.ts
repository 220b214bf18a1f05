export type * from './api/avatar.ts';
export type * from './api/batch.ts';
export type * from './api/bulk.ts';
export type * from './api/console.ts';
export type * from './api/contents.ts';
export type * from './api/download.ts';
export type * from './api/environment.ts';
export type * from './api/event.ts';
export type * from './api/file.ts';
export type * from './api/folder.ts';
export type * from './api/listing.ts';
export type * from './api/operation.ts';
export type * from './api/signed-image-url.ts';
export type * from './api/upload.ts';
export type * from './api/usage.ts';
export type * from './api/versions.ts';
export type * from './api/webhook.ts';
export type * from './errors/error-body.ts';
export { type ErrorCode, errorCodes } from './errors/error-codes.ts';
export {
  invalidParameters,
  type ParameterIssue,
  StorageError,
  type StorageErrorOptions,
} from './errors/storage-error.ts';
export { toErrorBody } from './errors/to-error-body.ts';
export { readImageAccess } from './image-url/access.ts';
export { imageFilter } from './image-url/filter-list.ts';
export { imageFilterGroups, imageFilterNames } from './image-url/filters/filters.ts';
export { type ImageColour, parseImageColour } from './image-url/image-colour.ts';
export * from './image-url/image-plan.ts';
export type { ImageFill, ImageStep, OverlayPosition } from './image-url/image-step.ts';
export * from './image-url/image-url.ts';
export * from './image-url/path.ts';
export * from './image-url/plan.ts';
export * from './limits.ts';
export * from './vocabulary.ts';
