import type { OpenApi, Schema } from './open-api.ts';

/** Values for the examples, by the name of their field. */
const values: Readonly<Record<string, unknown>> = {
  id: '0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80',
  fileId: '0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80',
  ids: ['0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80'],
  deleted: ['0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80'],
  updated: ['0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80'],
  restored: ['0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80'],
  failed: [],
  s3Key: 'shop/prod/images/2026/01/0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80.jpg',
  key: 'shop/prod/images/2026/01/0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80.jpg',
  location: 'shop/prod/images/2026/01/0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80.jpg',
  filename: 'beach.jpg',
  originalName: 'beach.jpg',
  folder: 'trips/2026',
  path: 'trips/2026',
  parent: 'trips',
  isExact: true,
  value: 'image/jpeg',
  tag: [{ value: 'summer', files: 12 }],
  month: [{ value: '2026-01', files: 12 }],
  name: '2026',
  hasChildren: false,
  contentType: 'image/jpeg',
  mimeType: 'image/jpeg',
  fileSize: 482_913,
  size: 482_913,
  width: 1600,
  height: 1200,
  visibility: 'public',
  category: 'images',
  bucket: 'files',
  ownerId: 'alice',
  ownerType: 'user',
  userId: 'bob',
  sharedWith: ['bob'],
  version: 1,
  versionId: '0198f3b1-44d0-7c3a-8f21-6b7c8d9e0f10',
  createdBy: 'alice',
  uploadKey:
    'shop/prod/images/2026/01/0198f3a2-7c1e-7d52-9b3a-2f4c5d6e7f80.jpg~0198f3c0-1a2b-7c3d-9e4f-5a6b7c8d9e0f',
  canUpdate: true,
  canDelete: true,
  canShare: true,
  etag: '9b2cf535f27731c974343645a3985328',
  tags: ['summer'],
  alt: 'A beach at dawn',
  description: 'A beach at dawn',
  relatedEntityId: 'trip-17',
  custom: { camera: 'X100' },
  url: 'http://127.0.0.1:4501/bkend/…?X-Amz-Signature=…',
  method: 'PUT',
  headers: { 'Content-Type': 'image/jpeg' },
  createdAt: '2026-01-31T09:00:00.000Z',
  updatedAt: '2026-01-31T09:00:00.000Z',
  expiresAt: '2026-01-31T09:15:00.000Z',
  expiresIn: 3600,
  disposition: 'attachment',
  options: '300x200/smart',
  uploadId: '0198f3a3-0c2f-7a10-8e4b-1a2b3c4d5e6f',
  partNumber: 1,
  partSize: 16_777_216,
  partCount: 4,
  parts: [{ partNumber: 1, etag: '9b2cf535f27731c974343645a3985328' }],
  step: 100,
  cursors: ['WyJjcmVhdGVkQXQiLCJkZXNjIiwi…'],
  page: 1,
  limit: 20,
  total: 1,
  totalPages: 1,
  hasNextPage: false,
  hasPrevPage: false,
  done: 1,
  state: 'done',
  operationId: '0198f3c4-2b6d-7f10-8a3e-9c0d1e2f3a4b',
  from: 'trips/2026',
  to: 'archive/2026',
  remaining: 0,
  files: 12,
  count: 3,
  bytes: 5_799_344,
  environment: 'shop/prod',
  settings: { 'uploads.maxFileBytes': 104_857_600 },
};

/** Optional fields that the examples show; the others are left out. */
const shown = new Set([
  ...['fileSize', 'folder', 'visibility', 'category', 'width', 'height', 'metadata', 'tags', 'alt'],
  ...['options', 'partNumber', 'expiresIn'],
]);

const imageUrl = `http://127.0.0.1:4502/~…/300x200/smart/${values.key}`;

/** Creates an example of a schema: its required fields, and the optional ones that are `shown`. */
export function exampleOf(openApi: Pick<OpenApi, 'components'>, schema: Schema, name = ''): unknown {
  const { components } = openApi;
  const reference = schema.$ref?.split('/').at(-1);
  const target = reference === undefined ? schema : (components.schemas[reference] ?? {});
  if (name === 'url' && target.description?.includes('image')) return imageUrl;
  // `files` is a number in the usage and a list in batches, `failed` the other way round in operations.
  const isOfType = (target.type === 'array') === Array.isArray(values[name]);
  const isOneOf = target.enum === undefined || target.enum.some((each) => each === values[name]);
  if (name in values && isOneOf && isOfType) {
    // A list of parts has a size at each when it is read, and none when it is sent.
    if (name === 'parts' && 'size' in (target.items?.properties ?? {})) {
      return [{ partNumber: 1, etag: values.etag, size: values.partSize }];
    }
    return values[name];
  }
  if (target.const !== undefined) return target.const;
  if (target.enum !== undefined) return target.enum[0];
  if (target.anyOf?.[0] !== undefined) return exampleOf(openApi, target.anyOf[0], name);
  if (target.type === 'integer') return 0;
  if (target.type === 'array') return target.items ? [exampleOf(openApi, target.items)] : [];
  const required = new Set(target.required);
  return Object.fromEntries(
    Object.entries(target.properties ?? {})
      .filter(([field]) => required.has(field) || shown.has(field))
      .map(([field, property]) => [field, exampleOf(openApi, property, field)]),
  );
}
