export type { BulkFiles, BulkOptions, BulkProgress } from './bulk.ts';
export type { DownloadOptions } from './download.ts';
export type { EventOptions } from './follow-events.ts';
export type { ImageOptions, ImageSource } from './image-url.ts';
export type { OperationOptions } from './operation.ts';
export type { PathInput, Uploadable } from './source/source.ts';
export type { CallOptions, ChangeOptions, Storage, StorageOptions } from './storage.ts';
export { type ClientErrorCode, type Phase, StorageError, type StorageErrorFacts } from './storage-error.ts';
export type { RetryPolicy } from './transfer/back-off.ts';
export type { Progress } from './transfer/progress.ts';
export type { TaskControl } from './transfer/task-control.ts';
export type { AccessToken } from './transport/api.ts';
export type {
  BatchItem,
  BatchOptions,
  BatchProgress,
  BatchTask,
  UploadOutcome,
} from './upload/upload-batch.ts';
export type { UploadedFile, UploadOptions, UploadTask } from './upload/upload-task.ts';
export type * from './wire.ts';
