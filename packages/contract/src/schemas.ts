/** The same shapes as values, for whoever validates: TypeBox schemas, which are JSON Schema. */
export * from './download.ts';
export * from './environment.ts';
export * from './error-body.ts';
export * from './file.ts';
export * from './listing.ts';
export * from './signed-image.ts';
export * from './upload.ts';
export * from './usage.ts';
export * from './vocabulary-schemas.ts';
