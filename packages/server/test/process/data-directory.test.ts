import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../test-support/src/process/run-command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bkend-folder-'));
});
afterAll(() => rm(folder, { recursive: true }));

const commands = [
  ['keys', 'create', '--type', 'secret'],
  ['keys', 'list'],
  ['projects', 'list'],
  ['environments', 'list'],
  ['environments', 'create', 'shop/prod'],
  ['token', '--user', 'alice'],
  ['jobs', 'run', 'purge'],
  ['store', 'verify'],
  ['store', 'keys', 'create'],
  ['store', 'keys', 'list'],
  ['import', 's3://bucket/'],
  ['export', 'out'],
];

describe('a command of operators', () => {
  it.each(commands)('makes no data directory: %s %s', async (...words) => {
    const path = join(folder, 'nowhere', 'data');
    const env = { PATH: process.env.PATH, BKEND_DATA_DIR: path };
    const { code, stdout, stderr } = await runCommand(words, env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`BKEND_DATA_DIR: ${path} does not exist.`);
    expect(await readdir(folder)).not.toContain('nowhere');
  });

  it.each(commands)("writes nothing into another program's directory: %s %s", async (...words) => {
    const path = join(folder, 'foreign');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'prices.csv'), 'a,1');
    const env = { PATH: process.env.PATH, BKEND_DATA_DIR: path };
    const { code, stderr } = await runCommand(words, env);
    expect(stderr).toContain(`BKEND_DATA_DIR: ${path} is not a data directory of the service.`);
    expect(code).toBe(2);
    expect(await readdir(path)).toEqual(['prices.csv']);
  });

  it('signs tokens with the secret of the settings alone, without a data directory', async () => {
    const env = {
      PATH: process.env.PATH,
      BKEND_DATA_DIR: join(folder, 'nowhere'),
      JWT_SECRET: 'a secret of thirty-two characters or more',
    };
    const { code, stdout } = await runCommand(['token', '--user', 'alice'], env);
    expect({ code, parts: stdout.split('.').length }).toEqual({ code: 0, parts: 3 });
  });
});
