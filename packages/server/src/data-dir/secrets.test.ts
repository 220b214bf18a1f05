import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecrets } from './secrets.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bkend-secrets-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

describe('readSecrets', () => {
  it('generates them once and reads the same afterwards', async () => {
    const first = await readSecrets(dataDir);
    expect(await readSecrets(dataDir)).toEqual(first);
    expect(first.jwtSecret).toHaveLength(64);
  });

  it('returns the same secrets to concurrent callers', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => readSecrets(dataDir)));
    expect(new Set(all.map((secrets) => secrets.jwtSecret)).size).toBe(1);
  });

  it('lets only the owner read them', async () => {
    await readSecrets(dataDir);
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
  });

  it('does not replace a damaged file, which would make all data unreadable', async () => {
    await writeFile(join(dataDir, 'secrets.json'), '{"postgresPassword":"x"}');
    await expect(readSecrets(dataDir)).rejects.toThrow(/secrets\.json is damaged/);
  });
});
