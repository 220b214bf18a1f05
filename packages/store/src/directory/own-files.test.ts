import {
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileOnce } from './create-file-once.ts';
import { ensureOwnDirectory, ensureOwnTree, readOwnFile, replaceOwnFile } from './own-files.ts';

const isRoot = process.geteuid?.() === 0;
const otherUser = 65_534;
let directory: string;
let elsewhere: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-own-files-'));
  elsewhere = join(directory, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'victim'), 'untouched');
});
afterEach(async () => {
  expect(await readFile(join(elsewhere, 'victim'), 'utf8')).toBe('untouched');
  expect(await readdir(elsewhere)).toEqual(['victim']);
  await rm(directory, { recursive: true });
});

describe('files of our own', () => {
  it('replace a link instead of writing through it', async () => {
    const path = join(directory, 'port');
    await symlink(join(elsewhere, 'victim'), path);
    await replaceOwnFile(path, '1234\n');
    expect((await lstat(path)).isFile()).toBe(true);
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
    expect(await readOwnFile(path)).toBe('1234\n');
  });

  it('are not created through a link, whether what it names is there or not', async () => {
    for (const target of ['victim', 'not-there']) {
      const path = join(directory, `once-${target}`);
      await symlink(join(elsewhere, target), path);
      expect(await createFileOnce(path, 'new')).toBe(false);
    }
  });

  it('are read only where they are files, and not by a link', async () => {
    const path = join(directory, 'port');
    await symlink(join(elsewhere, 'victim'), path);
    expect(await readOwnFile(path)).toBeUndefined();
    expect(await readOwnFile(elsewhere)).toBeUndefined();
    expect(await readOwnFile(join(directory, 'not-there'))).toBeUndefined();
  });

  it.runIf(isRoot)('are not read where another user made them', async () => {
    const path = join(directory, 'port');
    await writeFile(path, '22');
    await chown(path, otherUser, otherUser);
    expect(await readOwnFile(path)).toBeUndefined();
  });
});

describe('a directory of our own', () => {
  it('may be elsewhere when the link to it is ours', async () => {
    const path = join(directory, 'objects');
    await symlink(elsewhere, path);
    await ensureOwnDirectory(path);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it.runIf(isRoot)('replaces a link that another user made', async () => {
    const path = join(directory, 'objects');
    await symlink(elsewhere, path);
    await lchown(path, otherUser, otherUser);
    await ensureOwnDirectory(path);
    expect((await lstat(path)).isDirectory()).toBe(true);
  });

  it.runIf(isRoot)('is taken over from another user, who can put nothing there any more', async () => {
    const path = join(directory, 'postgres');
    await mkdir(path, { mode: 0o777 });
    await chown(path, otherUser, otherUser);
    await ensureOwnDirectory(path);
    expect(await lstat(path)).toMatchObject({ uid: 0, gid: 0 });
    expect((await lstat(path)).mode & 0o777).toBe(0o700);
  });
});

describe.runIf(isRoot)('a tree of our own', () => {
  it("is taken over from another user with the directories in it, without that user's links", async () => {
    const path = join(directory, 'objects');
    await mkdir(join(path, 'blobs/00/deep'), { recursive: true });
    const ours = join(path, 'blobs/ours');
    const theirs = ['index', 'data.mdb', 'blobs/01', 'blobs/00/below'].map((name) => join(path, name));
    for (const link of [ours, ...theirs]) await symlink(join(elsewhere, 'not-there'), link);
    for (const link of theirs) await lchown(link, otherUser, otherUser);
    for (const each of [path, join(path, 'blobs'), join(path, 'blobs/00')])
      await chown(each, otherUser, otherUser);
    await ensureOwnTree(path, 3);
    const found = await readdir(path, { recursive: true });
    expect(found.sort()).toEqual(['blobs', 'blobs/00', 'blobs/00/below', 'blobs/00/deep', 'blobs/ours']);
    for (const name of ['', 'blobs', 'blobs/00']) {
      expect(await lstat(join(path, name))).toMatchObject({ uid: 0, gid: 0 });
    }
  });
});
