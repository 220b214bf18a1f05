import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegisterFileRequest } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { followEvents, readEvents } from '../events/read-events.ts';
import { listDeliveries, redeliver, testWebhook } from '../events/webhooks/manage-deliveries.ts';
import * as webhooks from '../events/webhooks/manage-webhooks.ts';
import { bulkDelete, bulkRestore } from '../files/bulk/bulk-delete.ts';
import { bulkUpdate } from '../files/bulk/bulk-update.ts';
import { countBuckets } from '../files/count-buckets.ts';
import { deleteFile } from '../files/delete-file.ts';
import { emptyTrash } from '../files/empty-trash.ts';
import { keepFolder } from '../files/folders/keep-folder.ts';
import { listFolders } from '../files/folders/list-folders.ts';
import { getFile } from '../files/get-file.ts';
import { countFacets } from '../files/listing/count-facets.ts';
import { listFiles, listPositions } from '../files/listing/list-files.ts';
import { deleteFilesOfUser } from '../files/operations/delete-files-of-user.ts';
import { deleteFolder } from '../files/operations/delete-folder.ts';
import { getOperation } from '../files/operations/get-operation.ts';
import { moveFolder } from '../files/operations/move-folder.ts';
import { presignDownload, presignDownloads } from '../files/presign-download.ts';
import { readUsage } from '../files/read-usage.ts';
import { restoreFile } from '../files/restore-file.ts';
import { changeShares, readShares } from '../files/share-file.ts';
import { changeFile, updateFile } from '../files/update-file.ts';
import { listVersions } from '../files/versions/list-versions.ts';
import { deleteVersion, restoreVersion } from '../files/versions/restore-version.ts';
import type { Caller } from '../identity/caller.ts';
import { signImageUrl } from '../image-links/signed-image-url.ts';
import { readEnvironment, updateEnvironment } from '../projects/change-environment.ts';
import { changeAvatar, presignAvatar } from '../uploads/avatars/change-avatar.ts';
import { deleteAvatar, readAvatar } from '../uploads/avatars/read-avatar.ts';
import { completeUpload } from '../uploads/complete-upload.ts';
import { copyFile } from '../uploads/copy-file.ts';
import { abortMultipart } from '../uploads/multipart/abort-multipart.ts';
import { completeMultipart } from '../uploads/multipart/complete-multipart.ts';
import { findMultipartKey } from '../uploads/multipart/get-multipart.ts';
import { initMultipart } from '../uploads/multipart/init-multipart.ts';
import { listParts } from '../uploads/multipart/list-parts.ts';
import { presignParts } from '../uploads/multipart/presign-parts.ts';
import { presignContents, presignUpload, presignUploads } from '../uploads/presign-upload.ts';
import { registerFile, registerFiles } from '../uploads/register-file.ts';
import { replaceContents } from '../uploads/replace-contents.ts';

/** Dependencies that a verb must not reach before it has authorised its caller. */
const untouched = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new Error(`${String(name)} was used before the caller was authorised`);
    },
  },
  // A verb may name any dependencies; none is there.
) as never;

const invalid = '\0/..';
const multipart = { key: invalid, uploadId: '' };
const registration: RegisterFileRequest = {
  ...{ s3Key: invalid, originalName: invalid, mimeType: invalid, size: -1, ownerId: invalid },
};
const upload = { filename: invalid, contentType: invalid, fileSize: -1 };
const version = { fileId: invalid, versionId: invalid };
const page = { limit: -1, cursor: invalid };
const refuse = () => expect.fail('the input was looked at before the caller was authorised');

/** Every verb, with input that its validation refuses. */
const verbs: Readonly<Record<string, (caller: Caller) => Promise<unknown>>> = {
  abortMultipart: (caller) => abortMultipart(untouched, caller, multipart),
  changeAvatar: (caller) => changeAvatar(untouched, caller, { userId: invalid, request: { s3Key: invalid } }),
  bulkDelete: (caller) => bulkDelete(untouched, caller, { ids: [invalid], cursor: invalid }),
  bulkRestore: (caller) => bulkRestore(untouched, caller, {}),
  bulkUpdate: (caller) => bulkUpdate(untouched, caller, { ids: [invalid], set: { folder: invalid } }),
  changeFile: (caller) => changeFile(untouched, caller, { fileId: invalid, decide: refuse }),
  changeShares: (caller) => changeShares(untouched, caller, { fileId: invalid, change: refuse }),
  completeUpload: (caller) => completeUpload(untouched, caller, invalid),
  completeMultipart: (caller) => completeMultipart(untouched, caller, { ...multipart, parts: [] }),
  copyFile: (caller) => copyFile(untouched, caller, { fileId: invalid, request: { originalName: invalid } }),
  countBuckets: (caller) => countBuckets(untouched, caller),
  countFacets: (caller) => countFacets(untouched, caller, { folder: invalid }),
  deleteAvatar: (caller) => deleteAvatar(untouched, caller, invalid),
  deleteFile: (caller) => deleteFile(untouched, caller, { fileId: invalid }),
  deleteFilesOfUser: (caller) => deleteFilesOfUser(untouched, caller, invalid),
  deleteFolder: (caller) => deleteFolder(untouched, caller, { path: invalid }),
  deleteVersion: (caller) => deleteVersion(untouched, caller, version),
  emptyTrash: (caller) => emptyTrash(untouched, caller, { scope: 'tenant' }),
  findMultipartKey: (caller) => findMultipartKey(untouched, caller, { uploadId: invalid }),
  getFile: (caller) => getFile(untouched, caller, invalid),
  getOperation: (caller) => getOperation(untouched, caller, invalid),
  initMultipart: (caller) => initMultipart(untouched, caller, upload),
  keepFolder: (caller) => keepFolder(untouched, caller, invalid),
  listFiles: (caller) =>
    listFiles(untouched, caller, {
      ...{ page: 1e9, limit: 100, sortBy: 'createdAt', sortDirection: 'desc', cursor: invalid, tag: invalid },
    }),
  listFolders: (caller) => listFolders(untouched, caller, { parent: invalid, limit: 100 }),
  listParts: (caller) => listParts(untouched, caller, multipart),
  listPositions: (caller) =>
    listPositions(untouched, caller, {
      ...{ step: 1, sortBy: 'createdAt', sortDirection: 'desc', cursor: invalid, folder: invalid },
    }),
  listVersions: (caller) =>
    listVersions(untouched, caller, { fileId: invalid, query: { limit: 20, cursor: invalid } }),
  moveFolder: (caller) => moveFolder(untouched, caller, { from: invalid, to: invalid }),
  presignAvatar: (caller) => presignAvatar(untouched, caller, { userId: invalid, request: upload }),
  presignContents: (caller) => presignContents(untouched, caller, { fileId: invalid, request: upload }),
  presignDownload: (caller) => presignDownload(untouched, caller, { fileId: invalid, request: {} }),
  presignDownloads: (caller) => presignDownloads(untouched, caller, { ids: [invalid], check: () => {} }),
  presignParts: (caller) => presignParts(untouched, caller, { ...multipart, partNumber: -1 }),
  presignUpload: (caller) => presignUpload(untouched, caller, upload),
  presignUploads: (caller) => presignUploads(untouched, caller, { files: [upload], check: refuse }),
  readAvatar: (caller) => readAvatar(untouched, caller, invalid),
  readEnvironment: (caller) => readEnvironment(untouched, caller),
  followEvents: (caller) =>
    followEvents(untouched, caller, { query: { types: invalid }, sink: { take: () => true } }),
  readEvents: (caller) => readEvents(untouched, caller, { types: invalid, limit: 1 }),
  readShares: (caller) => readShares(untouched, caller, invalid),
  readUsage: (caller) => readUsage(untouched, caller, { scope: 'tenant' }),
  registerFile: (caller) => registerFile(untouched, caller, registration),
  registerFiles: (caller) => registerFiles(untouched, caller, { files: [registration], check: refuse }),
  replaceContents: (caller) =>
    replaceContents(untouched, caller, {
      fileId: invalid,
      request: { uploadKey: invalid, size: -1, mimeType: invalid },
    }),
  restoreFile: (caller) => restoreFile(untouched, caller, { fileId: invalid }),
  restoreVersion: (caller) => restoreVersion(untouched, caller, version),
  signImageUrl: (caller) => signImageUrl(untouched, caller, { fileId: invalid, request: {} }),
  updateEnvironment: (caller) => updateEnvironment(untouched, caller, { unknown: 1 }),
  updateFile: (caller) =>
    updateFile(untouched, caller, {
      fileId: invalid,
      request: { originalName: invalid, sharedWith: [invalid] },
    }),
  createWebhook: (caller) => webhooks.createWebhook(untouched, caller, { url: invalid }),
  deleteWebhook: (caller) => webhooks.deleteWebhook(untouched, caller, invalid),
  getWebhook: (caller) => webhooks.getWebhook(untouched, caller, invalid),
  listDeliveries: (caller) => listDeliveries(untouched, caller, { id: invalid, query: page }),
  listWebhooks: (caller) => webhooks.listWebhooks(untouched, caller, page),
  redeliver: (caller) => redeliver(untouched, caller, { id: invalid, deliveryId: invalid }),
  rotateWebhookSecret: (caller) => webhooks.rotateWebhookSecret(untouched, caller, { id: invalid }),
  testWebhook: (caller) => testWebhook(untouched, caller, invalid),
  updateWebhook: (caller) =>
    webhooks.updateWebhook(untouched, caller, { id: invalid, change: { url: invalid } }),
};

/** Verbs that guests may use, with `public` files. */
const forGuests = [
  'countFacets',
  'getFile',
  'listFiles',
  'listFolders',
  'listPositions',
  'presignDownload',
  'presignDownloads',
  'readAvatar',
  'signImageUrl',
];
/** Steps that verbs share, and call once they have authorised. */
const steps = [
  ...[
    'getManageableFile',
    'getReadableFile',
    'getMultipart',
    'holdUpload',
    'missingFile',
    'requireDone',
    'runBulk',
  ],
];

const tenant = 'app/dev';
const guest: Caller = { kind: 'guest', tenant, keyId: 'k', scopes: [] };
/** Admins whose keys have a scope that allows nothing of what the verb does. */
const unscoped: readonly Caller[] = [
  { kind: 'admin', tenant, keyId: 'k', scopes: ['files:read'] },
  { kind: 'admin', tenant, keyId: 'k', scopes: ['files:write'] },
];

/** The functions of the domain that take a caller. */
async function findVerbs(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['files', 'uploads', 'events', 'image-links', 'projects']) {
    const directory = join(import.meta.dirname, '..', folder);
    for (const path of await readdir(directory, { recursive: true })) {
      if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue;
      const text = await readFile(join(directory, path), 'utf8');
      for (const [, name = '', parameters = ''] of text.matchAll(
        /export async function (\w+)(?:<\w+>)?\(([\s\S]*?)\): Promise</g,
      )) {
        if (/\bcaller: Caller\b/.test(parameters)) found.push(name);
      }
    }
  }
  return found.sort();
}

describe('a verb', () => {
  it('stands in the table of this test', async () => {
    expect(await findVerbs()).toEqual([...Object.keys(verbs), ...steps].sort());
  });

  it.each(Object.keys(verbs).filter((name) => !forGuests.includes(name)))(
    'refuses a guest with invalid input for being a guest: %s',
    async (name) => {
      await expect(verbs[name]?.(guest)).rejects.toMatchObject({ code: 'common/authentication-required' });
    },
  );

  it.each(Object.keys(verbs))(
    'refuses a key without its scope before it looks at the input: %s',
    async (name) => {
      const codes = await Promise.all(
        unscoped.map((caller) => verbs[name]?.(caller).catch((error: { code?: string }) => error.code)),
      );
      expect(codes).toContain('auth/scope-insufficient');
    },
  );
});
