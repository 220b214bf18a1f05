import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { binary } from '../../../test-support/src/process/run-command.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { jsonLines, makeFolder } from './moving.ts';

const page = await readFile(join(import.meta.dirname, '../../../../docs/moving.md'), 'utf8');
const lines = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, code = '']) =>
  code.split('\n').filter(Boolean),
);
const example = /```json\n(.*)\n/.exec(page)?.[1] ?? '';

it('every example of docs/moving.md that needs no other store runs, in their order', {
  timeout: 180_000,
}, async () => {
  const tenant = await createTenant();
  await using folder = await makeFolder({
    'old-files/manifest.jsonl': `${example}\n${jsonLines([{ path: 'a.txt', originalName: 'a.txt' }])}`,
    'old-files/photos/beach.jpg': '\0bytes',
    'old-files/a.txt': 'a',
    'owners.csv': 'alice,user-1\n',
  });
  for (const line of lines.filter((each) => !each.includes('…'))) {
    // Each run has a project of its own, in place of the default one and of the shop.
    const isNamed = / --project | environments /.test(line);
    const own = line
      .replaceAll('shop/prod', `${tenant.project}/prod`)
      .replace('--project shop', `--project ${tenant.project}`);
    const command =
      own.replace('bkend-storage', '"$NODE" "$BINARY"') + (isNamed ? '' : ` --project ${tenant.project}`);
    const env = { ...inject('service').env, NODE: process.execPath, BINARY: binary };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: folder.path, env });
    expect(stdout, line).not.toBe('');
  }
  const { items } = await tenant.admin.ask<{ items: { ownerId: string }[] }>('GET', '/v1/files');
  expect(items.map(({ ownerId }) => ownerId).sort()).toEqual(['import', 'user-1']);
});
