import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTokenMaster } from './token-master.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-master-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the master of token secrets', () => {
  it('is generated once for concurrent callers, and only its owner may read it', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => readTokenMaster(directory)));
    expect(new Set(all.map((master) => master.toString('hex'))).size).toBe(1);
    expect(all[0]).toHaveLength(32);
    expect(await readTokenMaster(directory)).toEqual(all[0]);
    expect(await readdir(directory)).toEqual(['token-master']);
    expect((await stat(join(directory, 'token-master'))).mode & 0o777).toBe(0o600);
  });

  it('differs in every data directory', async () => {
    const other = await mkdtemp(join(tmpdir(), 'bkend-master-'));
    expect(await readTokenMaster(other)).not.toEqual(await readTokenMaster(directory));
    await rm(other, { recursive: true });
  });

  it.each(['', 'short\n', `${'0'.repeat(64)}`])('is refused when it is damaged: %j', async (text) => {
    await writeFile(join(directory, 'token-master'), text);
    await expect(readTokenMaster(directory)).rejects.toThrow(/damaged/);
  });
});
