/**
 * Writes the filter tables of `docs/images.md` and asks an image host for its images:
 * `npx tsx packages/server/test/images/write-docs-images.ts`, then `npm run format`.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docsImages, withTables } from './docs-images.ts';
import { startHost, World } from './running-host.ts';
import { logo, photograph } from './sample-images.ts';

const docs = join(import.meta.dirname, '../../../../docs');
const page = join(docs, 'images.md');
await writeFile(page, withTables(await readFile(page, 'utf8')));

const directory = join(docs, 'images');
const world = new World();
world.put('app/dev/photo.jpg', await photograph(1200, 900));
world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
await using host = await startHost(world);
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
for (const { image, options } of docsImages) {
  const answer = await fetch(`${host.url}/${options}/app/dev/photo.jpg`, {
    headers: { Accept: 'image/webp' },
  });
  if (!answer.ok) throw new Error(`${options}: ${answer.status} ${await answer.text()}`);
  await writeFile(join(directory, `${image}.webp`), Buffer.from(await answer.arrayBuffer()));
}
