import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStorage } from '@bkend/storage';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterEach(() => bks.service.api.calm());
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

/** A store that answers as one that another program has filled: with names that this API refuses. */
const hostile = 'new\nline \u001b[31mred\u009b2J \u202egpj.exe';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

test('control characters of names and answers are escaped in all output, and one failure is one line', async () => {
  const folder = await bks.folder();
  const refusal = JSON.stringify({
    success: false,
    error: { code: 'file/not-found', message: hostile, details: {} },
  });
  for (const words of [
    ['put', hostile],
    ['put', hostile, 'x'],
    ['get', hostile],
    ['get', 'x', '-o', `${hostile}/`],
    ['stat', hostile],
    ['rm', hostile],
    ['rm', hostile, '--permanent', '--yes'],
    ['rm', '-r', hostile],
    ['restore', hostile],
    ['mv', hostile, hostile],
    ['mv', `${hostile}/`, hostile],
    ['share', hostile, hostile],
    ['url', hostile],
    ['sync', hostile],
    ['sync', hostile, 'bkend:x'],
    ['sync', 'bkend:x', hostile],
    ['get', '-r', hostile],
    ['tree', hostile],
    ['du', hostile],
    ['find', hostile],
    ['ls', '--sort', hostile],
    ['usage', hostile],
  ]) {
    bks.service.api.decide = () => ({
      kind: 'refuse',
      status: 404,
      body: refusal,
      headers: { 'Content-Type': 'application/json' },
    });
    for (const form of [[], ['--json']]) {
      const { code, stdout, stderr } = await bks.run(folder, ...words, ...form);
      expect({ words, text: stdout + stderr }).not.toMatchObject({ text: expect.stringMatching(obeyed) });
      expect(code).toBeGreaterThan(0);
      // The parser adds a line of help to an argument that it refuses.
      if (words[0] !== 'ls' && words[0] !== 'usage') {
        expect(stderr.trimEnd().split('\n')).toHaveLength(words[2] === 'x' && form.length === 0 ? 2 : 1);
      }
    }
  }
});

test('ls, stat and rm show control characters of names escaped', async () => {
  const folder = await bks.folder();
  const storage = createStorage({ url: bks.service.api.url, apiKey: bks.service.secretKey, journal: false });
  const { id } = await storage.upload('x', {
    filename: 'x.txt',
    metadata: { custom: { note: hostile }, tags: ['t'] },
  });
  for (const form of [[], ['--json']]) {
    const { code, stdout } = await bks.run(folder, 'stat', id, ...form);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(obeyed);
  }
});

/** util-linux's, which runs a program on a terminal of its own. */
const hasTerminal = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasTerminal)('on a terminal', () => {
  /** Types each answer when its question has been asked. */
  async function converse(line: string, answers: readonly (readonly [RegExp, string])[]) {
    const terminal = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { ...bks.env, BKEND_API_URL: undefined, BKEND_API_KEY: undefined },
      cwd: bks.service.directory,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    let answered = 0;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const next = answers[answered];
      if (next?.[0].test(shown)) {
        answered += 1;
        terminal.stdin.write(next[1]);
      }
    });
    const code = await new Promise((resolve) => terminal.once('close', resolve));
    return { code, shown };
  }

  test('a key typed at login is not echoed, and is used', async () => {
    const { url } = bks.service.api;
    const { code, shown } = await converse(`${bks.program} login --url ${url}`, [
      [/API key/, `${bks.service.secretKey}\r`],
    ]);
    expect(shown).toContain('Logged in to');
    expect(code).toBe(0);
    expect(shown).not.toContain(bks.service.secretKey);
    const login = await readFile(
      join(bks.service.directory, 'config', 'bkend-storage', 'login.json'),
      'utf8',
    );
    expect(JSON.parse(login)).toMatchObject({ apiKey: bks.service.secretKey });
  });

  test('rm --permanent shows the names of the files in its question and in its output', async () => {
    const ids = [await bks.upload('one', 'one.txt'), await bks.upload('two', 'two.txt')];
    const kept = await converse(`${bks.program} rm --permanent ${ids.join(' ')}`, [
      [/Delete these 2 files for good\?/, 'n\r'],
    ]);
    expect(kept.code).toBe(0);
    expect(kept.shown).toMatch(/one\.txt {2}3 B\r\n.*two\.txt {2}3 B\r\n/);
    expect(kept.shown).not.toContain('deleted');
    const trash = await converse(`${bks.program} rm ${ids[0]} && ${bks.program} trash empty`, [
      [/Delete 1 file, 3 B, in the trash for good\?/, 'n\r'],
    ]);
    expect([trash.code, trash.shown.includes('deleted')]).toEqual([0, false]);
    const gone = await bks.run(await bks.folder(), 'rm', '--permanent', ...ids, 'no-such-file', '--yes');
    expect(gone).toMatchObject({
      code: 1,
      stdout: `deleted ${ids[0]}  one.txt\ndeleted ${ids[1]}  two.txt\n`,
      stderr: expect.stringMatching(/^no-such-file: .*\(file\/not-found\)\n$/),
    });
  });
});
