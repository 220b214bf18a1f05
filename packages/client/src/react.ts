'use client';

export { Image, type ImageProps } from './react/image.ts';
export { StorageProvider, type StorageProviderProps, useStorage } from './react/storage-provider.ts';
export { type FilesState, type UseFilesOptions, useFiles } from './react/use-files.ts';
export { type UploadState, type UseUploadOptions, useUpload } from './react/use-upload.ts';
