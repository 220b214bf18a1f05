import { isUtf8 } from 'node:buffer';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findClients } from '../../../store/test/clients/find-clients.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { type Case, cases } from './rclone-cases.ts';
import { storedFiles } from './stored-files.ts';

const [rclone = ''] = findClients({ command: 'rclone', probe: ['version'], debianPackage: 'rclone' });

let bks: CommandLine;
let rcloneEnv: NodeJS.ProcessEnv;
beforeAll(async () => {
  bks = await startCommandLine();
  const { env } = bks.service.running;
  type AccessKey = { readonly accessKeyId: string; readonly secretAccessKey: string };
  const key = await readCommand<AccessKey>(['store', 'keys', 'create'], env);
  rcloneEnv = {
    PATH: process.env.PATH,
    LC_ALL: 'C.UTF-8',
    HOME: bks.service.directory,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: `http://127.0.0.1:${env.BKEND_OBJECTS_PORT}`,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: key.accessKeyId,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: key.secretAccessKey,
  };
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

/** Runs lines of bash, in which `sync` is one of the two programs, and `$remote` its stored folder. */
async function run(lines: string, folder: string, program: 'rclone' | 'ours', remote: string) {
  const functions = {
    rclone: `sync() { ${rclone} sync --retries 1 --low-level-retries 1 "$@"; }; remote=store:${remote}`,
    ours: `bks() { ${bks.program} "$@"; }; sync() { bks sync "$@"; }; folder=${remote}; remote=bkend:${remote}`,
  };
  const env = program === 'rclone' ? rcloneEnv : bks.env;
  const words = ['-c', `${functions[program]}\n${lines}`];
  const options = {
    cwd: folder,
    env: { ...env, LC_ALL: 'C.UTF-8', PROGRAM: program },
    encoding: 'utf8',
  } as const;
  return promisify(execFile)('bash', words, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
}

/** Contents by path; the bytes of a name that is not UTF-8 are read as Latin-1. */
async function readBytes(root: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const read = async (folder: Buffer, within: string) => {
    for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const text = isUtf8(entry.name) ? entry.name.toString() : `${entry.name.toString('latin1')} (Latin-1)`;
      const path = Buffer.concat([folder, Buffer.from('/'), entry.name]);
      if (entry.isDirectory()) await read(path, `${within}${text}/`);
      else if (entry.isFile()) files[`${within}${text}`] = await readFile(path, 'utf8');
    }
  };
  await read(Buffer.from(root), '');
  return files;
}

/** Files on the side that the last sync has changed. */
async function filesOn(each: Case, folder: string, program: 'rclone' | 'ours', remote: string) {
  if (each.direction === 'down') return readBytes(join(folder, 'd'));
  if (program === 'ours') {
    const stored = await storedFiles(bks.storage(), remote);
    return Object.fromEntries(stored.map(({ path, content }) => [path.slice(remote.length + 1), content]));
  }
  const copy = `${folder}-stored`;
  await mkdir(copy);
  await promisify(execFile)(rclone, ['copy', `store:${remote}`, copy], { env: rcloneEnv });
  return readBytes(copy);
}

test.each(cases.map((each, index) => [each.name, each, index] as const))(
  'rclone sync and sync differ as docs/command-line.md says: %s',
  async (_, each, index) => {
    for (const program of ['rclone', 'ours'] as const) {
      const folder = await bks.folder();
      const remote = program === 'rclone' ? `table-${index}` : `table/${index}`;
      if (program === 'rclone') {
        await promisify(execFile)(rclone, ['mkdir', `store:${remote}`], { env: rcloneEnv });
      }
      const prepared = await run(`set -e\nmkdir d\n${each.prepare}`, folder, program, remote);
      expect(prepared, program).toMatchObject({ code: 0 });
      const { code, stderr } = await run(each.run, folder, program, remote);
      const files = await filesOn(each, folder, program, remote);
      const printed = each.print && (await run(each.print, folder, program, remote)).stdout.trim();
      const found = typeof each[program].files === 'number' ? Object.keys(files).length : files;
      const outcome = { code, files: found, ...(printed !== undefined && { printed }) };
      expect(outcome, `${program}: ${stderr}`).toEqual(each[program]);
    }
  },
);
