import { describe, expect, it, vi } from 'vitest';
import { FileMemory } from './file-memory.ts';

const bytesOf = (value: string) => value.length;
const first = { name: 'a', etag: '1' };

describe('what is remembered of files', () => {
  it('is made once, for those who come while it is made as well', async () => {
    const memory = new FileMemory(100, bytesOf);
    const make = vi.fn(async () => 'value');
    await Promise.all([memory.load(first, make), memory.load(first, make)]);
    expect(await memory.load(first, make)).toBe('value');
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('is of one version of a file', async () => {
    const memory = new FileMemory(100, bytesOf);
    await memory.load(first, async () => 'old');
    expect(await memory.load({ name: 'a', etag: '2' }, async () => 'new')).toBe('new');
    expect(await memory.load(first, async () => 'old again')).toBe('old again');
  });

  it('keeps within its bytes, and keeps what was used last', async () => {
    const memory = new FileMemory(100, bytesOf);
    const load = (name: string, make: () => Promise<string>) => memory.load({ name, etag: '1' }, make);
    for (const name of ['a', 'b', 'c', 'd']) await load(name, async () => name.repeat(25));
    const again = vi.fn(async () => 'x'.repeat(25));
    await load('a', again);
    expect(again).not.toHaveBeenCalled();
    await load('e', again);
    await load('a', again);
    expect(again).toHaveBeenCalledTimes(1);
    await load('b', again);
    expect(again).toHaveBeenCalledTimes(2);
  });

  it('does not keep what takes too much of it', async () => {
    const memory = new FileMemory(100, bytesOf);
    const make = vi.fn(async () => 'x'.repeat(26));
    await memory.load(first, make);
    await memory.load(first, make);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('does not keep what failed', async () => {
    const memory = new FileMemory(100, bytesOf);
    await expect(memory.load(first, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(await memory.load(first, async () => 'there')).toBe('there');
  });

  it('is forgotten, and not kept when that was said while it was made', async () => {
    const memory = new FileMemory(100, bytesOf);
    let finish = (_: string) => {};
    const slow = memory.load(first, () => new Promise<string>((resolve) => (finish = resolve)));
    memory.forget('a');
    finish('old');
    expect(await slow).toBe('old');
    expect(await memory.load(first, async () => 'new')).toBe('new');
    memory.forget('a');
    expect(await memory.load(first, async () => 'newer')).toBe('newer');
  });
});
