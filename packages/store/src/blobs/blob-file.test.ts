import { fstatSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedDirectory } from '../directory/durable-directory.ts';
import { BlobFile } from './blob-file.ts';

let path: string;
let directory: SharedDirectory;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'bkend-blob-'));
  directory = await SharedDirectory.open(path);
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
  await rm(path, { recursive: true });
});

/** @param onFlush stands in for the handle's own `datasync` */
async function create(onFlush: (handle: FileHandle) => Promise<void>): Promise<BlobFile> {
  const handle = await open(join(path, 'blob'), 'wx');
  handle.datasync = () => onFlush(handle);
  return new BlobFile({ id: 'blob', path: join(path, 'blob'), handle, directory });
}

const mebibyte = Buffer.alloc(1024 * 1024, 7);
const append = async (file: BlobFile, mebibytes: number) => {
  for (let appended = 0; appended < mebibytes; appended++) await file.append(mebibyte);
};

describe('a large blob', () => {
  it('is sent to the disk while it is written', async () => {
    const flushedAt: number[] = [];
    // Read at once, before the writes that go on during a flush.
    const file = await create(async ({ fd }) => {
      flushedAt.push(fstatSync(fd).size / mebibyte.length);
    });
    await append(file, 10);
    await file.finish();
    expect(flushedAt).toEqual([4, 8]);
  });

  it.each(['finish', 'append'] as const)('reports a flush that failed with the next %s', async (next) => {
    const file = await create(() => Promise.reject(new Error('EIO')));
    await append(file, 4);
    await expect(next === 'finish' ? file.finish() : append(file, 4)).rejects.toThrow('EIO');
    await file.discard();
    expect(await readdir(path)).toEqual([]);
  });
});
