import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFilterNames } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { difference } from './difference.ts';
import { docsPictures } from './docs-pictures.ts';
import { logo, photograph } from './pictures.ts';
import { startHost, World } from './running-host.ts';

const docs = join(import.meta.dirname, '../../../../docs');
const page = await readFile(join(docs, 'images.md'), 'utf8');

describe('docs/images.md', () => {
  it.each(imageFilterNames)('tells of %s', (name) => {
    expect(page).toMatch(new RegExp(`[\`:]${name}\\(`));
  });

  it('shows pictures that are there, and all of them', async () => {
    const shown = [...page.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path = '']) => path);
    expect(shown.filter((path) => !existsSync(join(docs, path)))).toEqual([]);
    const there = (await readdir(join(docs, 'images'))).map((name) => `images/${name}`);
    expect(there.filter((path) => !shown.includes(path))).toEqual([]);
  });

  it('shows what the server makes', async () => {
    const world = new World();
    world.put('app/dev/photo.jpg', await photograph(1200, 900));
    world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
    await using host = await startHost(world);
    // Fonts differ between machines.
    for (const [name, options] of docsPictures.filter(([, options]) => !options.includes('label('))) {
      const answer = await fetch(`${host.url}/${options}/app/dev/photo.jpg`, {
        headers: { Accept: 'image/webp' },
      });
      const made = Buffer.from(await answer.arrayBuffer());
      const shown = await readFile(join(docs, 'images', `${name}.webp`));
      expect([name, (await difference(made, shown)).mean < 1.5]).toEqual([name, true]);
    }
  }, 20_000);
});
