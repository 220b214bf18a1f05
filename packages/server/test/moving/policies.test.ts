import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { jsonLines, makeFolder, runImport } from './moving.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await createTenant();
});

const record = (fields: object) => ({
  ...{ id: randomUUID(), path: 'a.txt', originalName: 'a.txt', mimeType: 'text/plain' },
  ...fields,
});

/** Settings of the environment, a file that they refuse, and how. */
const rules: readonly [settings: object, refused: object, failure: object][] = [
  [{ 'uploads.blockedTypes': ['text/*'] }, {}, { code: 'file/policy-violation' }],
  [{ 'uploads.allowedTypes': ['image/*'] }, {}, { code: 'file/policy-violation' }],
  [
    { 'uploads.allowedVisibilities': ['private'] },
    { visibility: 'public' },
    { code: 'file/policy-violation' },
  ],
  [{ 'uploads.categories.documents': { maxFileBytes: 4 } }, {}, { code: 'file/policy-violation' }],
  [{ 'uploads.checkContent': true }, { mimeType: 'image/png' }, { code: 'file/content-mismatch' }],
];

describe.each(rules)('import where %j', (settings, fields, failure) => {
  it('refuses what the environment does not take, unless --ignore-policy is given', async () => {
    const fits = { ...record({ mimeType: 'image/png', visibility: 'private' }), path: 'photo.png' };
    const refused = record(fields);
    await using folder = await makeFolder({
      ...{ 'a.txt': 'hello', 'photo.png': '\0photo' },
      'manifest.jsonl': jsonLines([refused, fits]),
    });
    await tenant.admin.ask('PATCH', '/v1/environment', settings);
    const kept = await runImport(tenant, folder.path);
    expect(kept.counts).toMatchObject({ imported: 1, failed: 1 });
    expect(kept.failures).toMatchObject([failure]);
    expect((await tenant.admin.refusal('GET', `/v1/files/${refused.id}`)).code).toBe('file/not-found');
    const ignored = await runImport(tenant, folder.path, { words: ['--ignore-policy'] });
    expect(ignored.counts).toMatchObject({ imported: 1, present: 1, failed: 0 });
    const unset = Object.fromEntries(Object.keys(settings).map((name) => [name, null]));
    await tenant.admin.ask('PATCH', '/v1/environment', unset);
  });
});
