import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listFiles, namesIn } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const decomposed = '회의록 최종.hwp'.normalize('NFD');
const names = [
  '보고서 2026.pdf',
  '분기 보고서.pdf',
  decomposed,
  'Straße.txt',
  'CAFÉ menu.txt',
  '100% sure.txt',
  '100 sure.txt',
  'snake_case.txt',
  'snakeXcase.txt',
  "it's 'quoted'.txt",
  '😀 grin.png',
  'ab.txt',
  'ΟΔΟΣ Αθήνας.txt',
  'ﬁn de l’année.txt',
  'ＦＵＬＬ.txt',
];

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
  await Promise.all(names.map((originalName) => uploadFile(alice, { originalName })));
});

describe('searching by name', () => {
  it.each<[string, string[]]>([
    ['보고서', ['보고서 2026.pdf', '분기 보고서.pdf']],
    ['보고', ['보고서 2026.pdf', '분기 보고서.pdf']],
    ['고', ['보고서 2026.pdf', '분기 보고서.pdf']],
    ['기 보', ['분기 보고서.pdf']],
    ['회의록', [decomposed]],
    ['회의록'.normalize('NFD'), [decomposed]],
    ['보고서'.normalize('NFD'), ['보고서 2026.pdf', '분기 보고서.pdf']],
    ['café', ['CAFÉ menu.txt']],
    ['café'.normalize('NFD'), ['CAFÉ menu.txt']],
    ['MENU', ['CAFÉ menu.txt']],
    ['straße', ['Straße.txt']],
    ['STRASSE', ['Straße.txt']],
    ['STRAẞE', ['Straße.txt']],
    ['οδος', ['ΟΔΟΣ Αθήνας.txt']],
    ['οδοσ', ['ΟΔΟΣ Αθήνας.txt']],
    ['ος', ['ΟΔΟΣ Αθήνας.txt']],
    ['ΑΘΉΝΑΣ', ['ΟΔΟΣ Αθήνας.txt']],
    ['FIN', ['ﬁn de l’année.txt']],
    ['full', ['ＦＵＬＬ.txt']],
    ['100%', ['100% sure.txt']],
    ['%', ['100% sure.txt']],
    ['_', ['snake_case.txt']],
    ['snake_case', ['snake_case.txt']],
    ['\\', []],
    ['e\\_c', []],
    ["it's", ["it's 'quoted'.txt"]],
    ["'; drop table files; --", []],
    ['😀', ['😀 grin.png']],
    ['b', ['ab.txt']],
    ['AB.TXT', ['ab.txt']],
    ['.pdf', ['보고서 2026.pdf', '분기 보고서.pdf']],
    ['no such name', []],
  ])('for %j', async (search, expected) => {
    const { items, pagination } = await listFiles(alice, { search });
    expect(items.map(({ originalName }) => originalName).sort()).toEqual(expected.toSorted());
    expect(pagination.total).toBe(expected.length);
  });

  it('finds a file under its new name, and no longer under the old', async () => {
    const { id } = await uploadFile(alice, { originalName: 'before.txt' });
    await alice.ask('PATCH', `/v1/files/${id}`, { originalName: '이후.txt' });
    expect(await namesIn(alice, { search: 'before' })).toEqual([]);
    expect(await namesIn(alice, { search: '이후' })).toEqual(['이후.txt']);
  });

  it('shows only what the caller may see', async () => {
    const bob = await tenant.user('bob');
    expect(await namesIn(bob, { search: '보고서' })).toEqual([]);
    expect(await namesIn(tenant.admin, { search: '보고서' })).toHaveLength(2);
  });
});
