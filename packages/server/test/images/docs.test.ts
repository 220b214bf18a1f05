import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { difference } from './difference.ts';
import { docsImages, filterTables, tablesOf } from './docs-images.ts';
import { startHost, World } from './running-host.ts';
import { logo, photograph } from './sample-images.ts';

const docs = join(import.meta.dirname, '../../../../docs');
const page = await readFile(join(docs, 'images.md'), 'utf8');

/** Without the padding of columns. */
const plainTable = (table: string) => table.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '-');

describe('docs/images.md', () => {
  it('has the tables that the entries of the filters make', () => {
    expect(plainTable(tablesOf(page))).toBe(plainTable(filterTables()));
  });

  it('shows images that exist, and every one of them', async () => {
    const shown = [...page.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path = '']) => path);
    expect(shown.filter((path) => !existsSync(join(docs, path)))).toEqual([]);
    const existing = (await readdir(join(docs, 'images'))).map((name) => `images/${name}`);
    expect(existing.filter((path) => !shown.includes(path))).toEqual([]);
  });

  it('shows the images that the server makes', async () => {
    const world = new World();
    world.put('app/dev/photo.jpg', await photograph(1200, 900));
    world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
    await using host = await startHost(world);
    // Fonts differ between machines.
    for (const { image, options } of docsImages.filter(({ options }) => !options.includes('label('))) {
      const answer = await fetch(`${host.url}/${options}/app/dev/photo.jpg`, {
        headers: { Accept: 'image/webp' },
      });
      const made = Buffer.from(await answer.arrayBuffer());
      const shown = await readFile(join(docs, 'images', `${image}.webp`));
      expect([image, (await difference(made, shown)).mean < 1.5]).toEqual([image, true]);
    }
  }, 20_000);
});
