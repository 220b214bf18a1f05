import type { DownloadUrlAnswer, FileVersion, FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AccessCaller, accessCells } from '../../../test-support/src/access/access-table.ts';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listVersions, replaceContents, sendContents } from '../../../test-support/src/api/contents.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

/** The access table, for new contents, versions and copies: owner and admins change them, and every user who may read copies. */

const bytesOf = (text: string) => new TextEncoder().encode(text);

let owner: Client;
let callers: Record<AccessCaller, Client>;

beforeAll(async () => {
  const tenant = await createTenant();
  await tenant.admin.ask('PATCH', '/v1/environment', { 'versions.keep': 5 });
  owner = await tenant.user('alice');
  callers = {
    owner,
    admin: tenant.admin,
    'another user': await tenant.user('carol'),
    'named user': await tenant.user('bob'),
    guest: tenant.guest,
  };
});

describe.each(accessCells)('of a %s file, for %s: %s', (visibility, name, answer) => {
  const mayManage = answer === 'all fields';
  const mayCopy = answer !== '403' && name !== 'guest';
  const denied = { status: 403, code: 'file/access-denied' };
  const refused = name === 'guest' ? { status: 401, code: 'common/authentication-required' } : denied;
  let caller: Client;
  let file: FileView;
  let version: FileVersion;
  let path: string;

  beforeAll(async () => {
    caller = callers[name];
    const { id } = await uploadFile(owner, { visibility, sharedWith: ['bob'], bytes: bytesOf('draft') });
    file = await replaceContents(owner, id, { bytes: bytesOf('published') });
    [version = expect.fail('no version')] = await listVersions(owner, id);
    path = `/v1/files/${id}`;
  });

  it('versions are listed and read', async () => {
    const { versionId } = version;
    if (mayManage) {
      expect(await listVersions(caller, file.id)).toEqual([version]);
      const { url } = await caller.ask<DownloadUrlAnswer>('POST', `${path}/download-url`, { versionId });
      expect(await (await fetch(url)).text()).toBe('draft');
      return;
    }
    expect(await caller.refusal('GET', `${path}/versions`)).toMatchObject(refused);
    for (const method of ['GET', 'POST'] as const) {
      const asked =
        method === 'GET'
          ? caller.refusal('GET', `${path}/download-url?versionId=${versionId}`)
          : caller.refusal('POST', `${path}/download-url`, { versionId });
      expect(await asked).toMatchObject(denied);
    }
  });

  it('copies are made', async () => {
    if (!mayCopy) return expect(await caller.refusal('POST', `${path}/copy`)).toMatchObject(refused);
    const copy = await caller.send<FileView>('POST', `${path}/copy`);
    expect([copy.status, copy.json.size, copy.json.visibility]).toEqual([201, 9, 'private']);
    expect(copy.json.ownerId).not.toBe(name === 'owner' ? undefined : 'alice');
  });

  it('contents are replaced', async () => {
    const announced = { contentType: 'text/plain', fileSize: 3 };
    const init = { ...announced, filename: 'a.txt', fileId: file.id };
    if (mayManage) {
      expect(await replaceContents(caller, file.id, { bytes: bytesOf('new') })).toMatchObject({ version: 3 });
      expect(await caller.ask('POST', '/v1/files/multipart/init', init)).toMatchObject({ fileId: file.id });
      return;
    }
    expect(await caller.refusal('POST', `${path}/content/presigned-url`, announced)).toMatchObject(refused);
    expect(await caller.refusal('POST', '/v1/files/multipart/init', init)).toMatchObject(refused);
    const sent = await sendContents(owner, file.id, { bytes: bytesOf('new') });
    expect(await caller.refusal('PUT', `${path}/content`, sent)).toMatchObject(refused);
    expect(await owner.ask('GET', path)).toEqual(file);
  });

  it('versions are restored and deleted', async () => {
    const ofVersion = `${path}/versions/${version.versionId}`;
    if (mayManage) {
      expect(await caller.ask('POST', `${ofVersion}/restore`)).toMatchObject({ size: 5 });
      const [latest] = await listVersions(caller, file.id);
      expect(await caller.ask('DELETE', `${path}/versions/${latest?.versionId}`)).toEqual({});
      return;
    }
    expect(await caller.refusal('POST', `${ofVersion}/restore`)).toMatchObject(refused);
    expect(await caller.refusal('DELETE', ofVersion)).toMatchObject(refused);
    expect(await listVersions(owner, file.id)).toEqual([version]);
  });
});
