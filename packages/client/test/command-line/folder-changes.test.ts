import type { StoredFile } from '@bkend/storage';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLine, ended, startCommandLine } from './command-line.ts';
import { storedPaths } from './stored-files.ts';

let bks: CommandLine;
let directory: string;
beforeAll(async () => {
  bks = await startCommandLine();
  directory = await bks.folder();
}, 60_000);
afterEach(() => bks.service.api.calm());
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const run = (...words: string[]) => bks.run(directory, ...words);

/** Stores files of 4 bytes. */
function store(
  paths: readonly string[],
  { owner, ...options }: { owner?: string; visibility?: 'public' } = {},
) {
  return Promise.all(
    paths.map((path): Promise<StoredFile> => {
      const names = path.split('/');
      const [folder, filename] = [names.slice(0, -1).join('/'), names.at(-1) ?? ''];
      return bks.storage(owner).upload('four', { filename, folder, ...options });
    }),
  );
}

async function trashedPaths(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const file of bks.storage().list({ folder, recursive: true, trash: true })) {
    paths.push(`${file.folder}/${file.originalName}`);
  }
  return paths.sort();
}

/** A path below a folder of 4 characters, which fits there, and not in a folder of more than 12. */
const longName = (folder: string) => `${folder}/${'x'.repeat(250)}/${'y'.repeat(249)}/long.txt`;

/** The service answers nothing about operations until it is calmed. */
function stallOperations() {
  const isReached = new Promise<void>((resolve) => {
    bks.service.api.decide = ({ path }) => {
      if (!path.startsWith('/v1/operations/')) return undefined;
      resolve();
      return { kind: 'stall' };
    };
  });
  return isReached;
}

describe('rm --recursive', () => {
  test('puts a folder with everything below it into the trash, and says how much that is', async () => {
    await store(['bin/a.txt', 'bin/deep/er/b.txt', 'bin-other/c.txt']);
    await bks.storage().keepFolder('bin/empty');
    expect(await run('rm', '-r', 'bin/')).toEqual({
      code: 0,
      stdout: 'moved to the trash bin/  2 files, 8 B\n',
      stderr: '',
    });
    expect(await storedPaths(bks.storage(), 'bin')).toEqual([]);
    expect(await trashedPaths('bin')).toEqual(['bin/a.txt', 'bin/deep/er/b.txt']);
    expect(await storedPaths(bks.storage(), 'bin-other')).toEqual(['bin-other/c.txt']);
    expect((await run('rm', '-r', 'bin')).stderr).toBe('bin: There is no such folder. (file/not-found)\n');
  });

  test('with --permanent needs --yes where there is no terminal, and leaves the trash alone', async () => {
    await store(['gone/a.txt', 'gone/b.txt']);
    await run('rm', 'gone/a.txt');
    const refused = await run('rm', '-r', '--permanent', 'gone');
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    const deleted = await run('rm', '-r', '--permanent', '--yes', 'bkend:gone', '--json');
    expect(deleted).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(deleted.stdout)).toEqual({ folder: 'gone', files: 1, bytes: 4, deleted: true });
    expect(await trashedPaths('gone')).toEqual(['gone/a.txt']);
  });

  test('takes several folders and kept ones; one that fails does not prevent the others', async () => {
    await store(['one/a.txt', 'two/b.txt']);
    await bks.storage().keepFolder('kept/empty');
    const { code, stdout, stderr } = await run('rm', '-r', 'one', 'nowhere', '/', 'kept/empty', 'two');
    expect({ code, stdout: stdout.split('\n') }).toEqual({
      code: 1,
      stdout: [
        'moved to the trash one/  1 file, 4 B',
        'moved to the trash kept/empty/  0 files, 0 B',
        'moved to the trash two/  1 file, 4 B',
        '',
      ],
    });
    expect(stderr).toMatch(/^nowhere: There is no such folder.*\n\/: The root cannot be deleted.*\n$/);
    expect(await run('rm', '-r', 'kept/empty')).toMatchObject({ code: 1 });
  });

  test('takes the files of the user alone, and says that others stay', async () => {
    await store(['ours/alice.txt'], { owner: 'alice', visibility: 'public' });
    await store(['ours/bob.txt'], { owner: 'bob', visibility: 'public' });
    const { code, stdout, stderr } = await bks.runAs('bob', directory, 'rm', '-r', 'ours');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'moved to the trash ours/  1 file, 4 B\n' });
    expect(stderr).toBe('ours: 1 file of another owner stays.\n');
    expect(await storedPaths(bks.storage(), 'ours')).toEqual(['ours/alice.txt']);
    const nothing = await bks.runAs('bob', directory, 'rm', '-r', 'ours');
    expect(nothing).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('of another owner'),
    });
    await store(['ours/bob.txt'], { owner: 'bob', visibility: 'public' });
    expect((await run('rm', '-r', 'ours')).stdout).toBe(
      'moved to the trash ours/  2 files of 2 owners, 8 B\n',
    );
  });

  test('is named where a folder is given without it', async () => {
    await store(['named/a.txt']);
    for (const reference of ['named', 'named/', 'bkend:named']) {
      const { code, stderr } = await run('rm', reference);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--recursive') });
    }
    expect(await storedPaths(bks.storage(), 'named')).toEqual(['named/a.txt']);
  });

  test('says which files stay when the service gives up', async () => {
    await store(['stuck/a.txt']);
    const operation = { id: '0', done: 3, failed: 0, total: 5, createdAt: new Date().toISOString() };
    bks.service.api.decide = ({ path }) =>
      path.startsWith('/v1/operations/')
        ? {
            kind: 'refuse',
            status: 200,
            body: JSON.stringify({ ...operation, state: 'failed' }),
            headers: { 'Content-Type': 'application/json' },
          }
        : undefined;
    const { code, stdout, stderr } = await run('rm', '-r', 'stuck');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^stuck: .*3 of 5 files/);
  });

  test('interrupted, says that the service goes on', async () => {
    await store(['long/a.txt']);
    const isWaiting = stallOperations();
    const child = bks.start(directory, 'rm', '-r', 'long');
    const end = ended(child);
    await isWaiting;
    child.kill('SIGINT');
    expect(await end).toEqual({
      code: 130,
      stdout: '',
      stderr: 'Interrupted. What the service has begun goes on there.\n',
    });
  });
});

describe('mv of a folder', () => {
  test('gives it another path, with everything below it', async () => {
    const [file] = await store(['old/a.txt', 'old/deep/b.txt', 'older/c.txt']);
    await bks.storage().keepFolder('old/empty');
    expect(await run('mv', 'old/', 'new/path/')).toEqual({
      code: 0,
      stdout: 'moved old/ to new/path/  2 files\n',
      stderr: '',
    });
    expect(await storedPaths(bks.storage(), '/')).toEqual(
      expect.arrayContaining(['new/path/a.txt', 'new/path/deep/b.txt', 'older/c.txt']),
    );
    expect((await bks.storage().get(file?.id ?? '')).folder).toBe('new/path');
    const back = await run('mv', 'bkend:new/path/', '/old-again', '--json');
    expect(JSON.parse(back.stdout)).toEqual({ folder: 'old-again', from: 'new/path', files: 2, moved: true });
    expect(await storedPaths(bks.storage(), 'new')).toEqual([]);
  });

  test.each([
    ['missing', ['nowhere/', 'there'], 1, /There is no such folder/],
    ['the root', ['/', 'there'], 2, /The root cannot be moved/],
    ['to the root', ['box/', '/'], 2, /new path/],
    ['into itself', ['box/', 'box/in/deep'], 2, /box\/in\/deep lies in box/],
    ['to its own path', ['box/', 'bkend:box'], 2, /That is its path already/],
    ['to a folder that holds it', ['box/in/', 'box'], 2, /box holds box\/in/],
    ['where a folder is', ['box/', 'taken'], 2, /taken\/ exists already.*--merge/],
    ['where a file is', ['box/', 'taken/file.txt'], 2, /taken\/file\.txt is a file/],
    ['to no path', ['box/', 'a/../b'], 1, /A folder is a path of names/],
    ['given without a slash', ['box', 'there'], 1, /folder.*box\//],
  ])('%s is refused clearly, and nothing is moved', async (_, words, code, message) => {
    const paths = ['box/in/a.txt', 'taken/file.txt'];
    const missing = new Set(await storedPaths(bks.storage(), '/'));
    await store(paths.filter((path) => !missing.has(path)));
    const before = await storedPaths(bks.storage(), '/');
    const refused = await run('mv', ...words);
    expect(refused).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) });
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await storedPaths(bks.storage(), '/')).toEqual(before);
  });

  test('puts two folders together with --merge', async () => {
    await store(['left/a.txt', 'right/b.txt']);
    expect(await run('mv', 'left/', 'right/', '--merge')).toMatchObject({ code: 0 });
    expect(await storedPaths(bks.storage(), 'right')).toEqual(['right/a.txt', 'right/b.txt']);
  });

  test('names the files that stay, because their path would be too long or they are not the user’s', async () => {
    await store([longName('fits'), 'fits/short.txt']);
    const { code, stdout, stderr } = await run('mv', 'fits/', 'not-so-short-a-name');
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'moved fits/ to not-so-short-a-name/  1 file\n' });
    expect(stderr).toBe(`${longName('fits')}: Its path would be too long. (file/invalid-folder)\n`);
    await store(['shared/alice.txt'], { owner: 'alice', visibility: 'public' });
    await store(['shared/bob.txt'], { owner: 'bob', visibility: 'public' });
    const ofBob = await bks.runAs('bob', directory, 'mv', 'shared/', 'of-bob');
    expect(ofBob).toEqual({
      code: 0,
      stdout: 'moved shared/ to of-bob/  1 file\n',
      stderr: 'shared: 1 file of another owner stays.\n',
    });
  });
});
