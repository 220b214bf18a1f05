import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
import { type CommandLine, ended, startCommandLine } from './command-line.ts';

const content = seededBytes(5, 3 * 2 ** 20);

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterEach(() => bks.service.objects.calm());
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const isPartial = (name: string) => name.endsWith('.part');
const partialsIn = async (folder: string) => (await readdir(folder)).filter(isPartial);

/** Stores two files in a folder. @returns their ids */
async function store(folder: string): Promise<[string, string]> {
  const upload = async (filename: string) => (await bks.storage().upload(content, { filename, folder })).id;
  return [await upload('one.bin'), await upload('two.bin')];
}

/** Starts a command and lets it get a part of each file alone. */
async function startStalled(folder: string, words: readonly string[], partials: number) {
  bks.service.objects.decide = ({ method }) =>
    method === 'GET' ? { kind: 'cut-answer', afterBytes: 2 ** 20 } : undefined;
  const child = bks.start(folder, ...words);
  const outcome = ended(child);
  const sizes = async () =>
    Promise.all((await partialsIn(folder)).map(async (name) => (await stat(join(folder, name))).size));
  // Recorded before their first byte.
  await expect
    .poll(async () => (await sizes()).filter((size) => size > 0), { timeout: 30_000 })
    .toHaveLength(partials);
  return { child, outcome };
}

async function startKilled(folder: string, words: readonly string[], partials: number) {
  const { child, outcome } = await startStalled(folder, words, partials);
  child.kill('SIGKILL');
  await outcome;
  bks.service.objects.calm();
  expect(await partialsIn(folder)).toHaveLength(partials);
}

describe('partial downloads of a killed run', () => {
  test('of sync are gone after the next, also those of files that it needs no more', async () => {
    const [one] = await store('gone');
    const folder = await bks.folder();
    await startKilled(folder, ['sync', 'bkend:gone', '.'], 2);
    await bks.storage().delete(one);
    expect(await bks.run(folder, 'sync', 'bkend:gone', '.')).toMatchObject({ code: 0 });
    expect(await readdir(folder)).toEqual(['two.bin']);
  });

  test('of get --recursive are gone after the next', async () => {
    const [one] = await store('again');
    const folder = await bks.folder();
    await startKilled(folder, ['get', '-r', 'again', '-o', '.'], 2);
    await bks.storage().delete(one);
    expect(await bks.run(folder, 'get', '-r', 'again', '-o', '.')).toMatchObject({ code: 0 });
    expect(await readdir(folder)).toEqual(['two.bin']);
  });

  test('of get stay for the same file, and are removed when nothing resumes them', async () => {
    const [one, two] = await store('single');
    const folder = await bks.folder();
    await startKilled(folder, ['get', one], 1);
    expect(await bks.run(folder, 'get', two)).toMatchObject({ code: 0 });
    expect(await partialsIn(folder)).toHaveLength(1);
    expect(await bks.run(folder, 'get', one)).toMatchObject({ code: 0 });
    expect((await readdir(folder)).sort()).toEqual(['one.bin', 'two.bin']);
    const small = (await bks.storage().upload('small', { filename: 'small.txt', folder: 'single' })).id;
    bks.service.objects.decide = ({ method }) => (method === 'GET' ? { kind: 'stall' } : undefined);
    const child = bks.start(folder, 'get', small);
    const outcome = ended(child);
    await expect.poll(() => partialsIn(folder), { timeout: 30_000 }).toHaveLength(1);
    child.kill('SIGKILL');
    await outcome;
    bks.service.objects.calm();
    expect(await bks.run(folder, 'get', two, '-o', 'other.bin')).toMatchObject({ code: 0 });
    expect(await partialsIn(folder)).toEqual([]);
  });
});

test('those of running processes stay, and so does what only looks like one', async () => {
  const [one, two] = await store('alive');
  const folder = await bks.folder();
  const uuid = '0199e1a2-3b4c-7d5e-8f60-718293a4b5c6';
  // Another machine’s; the names of a version before and of a user; a link and a folder with a name of ours.
  const others = [`.bkend-0123456789abcdef-999999-${uuid}.part`, `.bkend-${uuid}.part`, '.bkend-notes.part'];
  for (const name of others) await writeFile(join(folder, name), 'kept');
  const { child, outcome } = await startStalled(folder, ['get', one], others.length + 1);
  const [own = ''] = (await partialsIn(folder)).filter((name) => !others.includes(name));
  const ofDead = own.replace(/-\d+-/, '-4194305-');
  await symlink('/etc/hostname', join(folder, ofDead.replace(/....\.part$/, '0000.part')));
  await mkdir(join(folder, ofDead.replace(/....\.part$/, '1111.part')));
  const before = (await readdir(folder)).sort();
  await writeFile(join(folder, ofDead), 'left');
  bks.service.objects.calm();
  expect(await bks.run(folder, 'get', two)).toMatchObject({ code: 0 });
  const after = await readdir(folder);
  // The running one may have been completed meanwhile.
  expect(after).not.toContain(ofDead);
  expect([...before, 'two.bin'].filter((name) => name !== own && !after.includes(name))).toEqual([]);
  expect((await outcome).code).toBe(0);
  expect(child.exitCode).toBe(0);
  expect(await readdir(folder)).toEqual(expect.arrayContaining([...others, 'one.bin', 'two.bin']));
});
