/** Schemas of requests and answers as values, to validate with: TypeBox, which is JSON Schema. */

export * from '../errors/error-body.ts';
export * from './avatar.ts';
export * from './batch.ts';
export * from './bulk.ts';
export * from './console.ts';
export * from './contents.ts';
export * from './download.ts';
export * from './environment.ts';
export * from './event.ts';
export * from './file.ts';
export * from './folder.ts';
export * from './listing.ts';
export * from './operation.ts';
export * from './signed-image-url.ts';
export * from './upload.ts';
export * from './usage.ts';
export * from './versions.ts';
export * from './webhook.ts';
