import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentAnswer } from '@bkend/storage-contract';
import { describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { operate } from '../../../test-support/src/process/operate.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const { env } = inject('service');
const change = (client: Client, settings: object) =>
  client.ask<EnvironmentAnswer>('PATCH', '/v1/environment', settings);

describe('environments set', () => {
  it('takes back what it shows, from a file or over the API, with secrets as they are', async () => {
    const other = await createTenant();
    const secret = randomBytes(32).toString('hex');
    await change(other.admin, {
      tokens: { secret },
      'uploads.allowedTypes': ['image/*'],
      'uploads.categories.images': { maxFileBytes: 5 },
      'versions.days': 3,
    });
    const shown = (await runCommand(['environments', 'show', other.environment, '--json'], env)).stdout;
    const directory = await mkdtemp(join(tmpdir(), 'settings-'));
    await writeFile(join(directory, 'settings.json'), shown);
    await operate(
      ['environments', 'set', other.environment, '--file', join(directory, 'settings.json')],
      env,
    );
    const after = await runCommand(['environments', 'show', other.environment, '--json'], env);
    expect(JSON.parse(after.stdout)).toEqual(JSON.parse(shown));
    const { stdout } = await runCommand(['environments', 'show', other.environment], env);
    const own = stdout.split('\n').filter((line) => line.includes('(set here)'));
    expect(own.map((line) => line.trim().split(' ')[0])).toEqual([
      ...['tokens', 'uploads.allowedTypes', 'uploads.categories.images', 'versions.days'],
    ]);
    const { settings } = await change(other.admin, JSON.parse(shown).settings);
    expect(settings).toEqual(JSON.parse(shown).settings);
    await rm(directory, { recursive: true });
  });
});
