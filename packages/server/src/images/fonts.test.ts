import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasFonts } from './fonts.ts';

it('finds a font in any folder of the usual directories', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-fonts-'));
  const among = [join(directory, 'none'), directory];
  await mkdir(join(directory, 'truetype/free'), { recursive: true });
  await writeFile(join(directory, 'README.txt'), '');
  expect(await hasFonts(among)).toBe(false);
  await writeFile(join(directory, 'truetype/free/Sans.ttf'), '');
  expect(await hasFonts(among)).toBe(true);
  await rm(directory, { recursive: true });
});
