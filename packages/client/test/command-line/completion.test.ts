import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

/** Every printable ASCII character that a name can have. */
const characters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (character) => !'/\\'.includes(character),
);
const names = characters.map((character) => `x${character}\`touch evil\`$(touch evil);y`);

let bks: CommandLine;
let directory: string;
beforeAll(async () => {
  bks = await startCommandLine();
  directory = await bks.folder();
  await writeFile(
    join(directory, 'completion'),
    (await bks.shell(directory, 'bks completion bash')).stdout.replaceAll(
      'bkend-storage complete',
      'bks complete',
    ),
  );
  const storage = bks.storage();
  await Promise.all(names.map((filename) => storage.upload('x', { filename, folder: "it's" })));
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

/** The texts that bash reads where each completion of a typed word is inserted. */
async function completed(typed: string): Promise<string[]> {
  const quote = /^["']/.exec(typed)?.[0] ?? '';
  await writeFile(join(directory, 'typed'), typed);
  const { code, stdout, stderr } = await bks.shell(
    directory,
    `source ./completion 2>/dev/null
     COMP_WORDS=(bkend-storage get "$(cat typed)"); COMP_CWORD=2; _bkend_storage
     for each in "\${COMPREPLY[@]}"; do eval "printf '%s\\0' ${quote.replace('"', '\\"')}$each${quote.replace('"', '\\"')}"; done`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\0').slice(0, -1);
}

test.each(["it\\'s/x", '"it\'s/x', "'it'\\''s/x"])(
  'whatever character a name has, bash reads exactly it after a completion of %s',
  async (typed) => {
    expect((await completed(typed)).sort()).toEqual(names.map((name) => `it's/${name}`).sort());
    expect((await bks.shell(directory, 'ls')).stdout).toBe('completion\ntyped\n');
  },
);

test('a name that was begun with quoted characters is completed', async () => {
  expect(await completed("it\\'s/x\\$")).toEqual(["it's/x$`touch evil`$(touch evil);y"]);
  expect(await completed("it\\'s/x\\`")).toEqual(["it's/x``touch evil`$(touch evil);y"]);
});
