/** Asks an image host for the pictures of `docs/images.md`: `npx tsx packages/server/test/images/write-docs-pictures.ts`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docsPictures } from './docs-pictures.ts';
import { logo, photograph } from './pictures.ts';
import { startHost, World } from './running-host.ts';

const directory = join(import.meta.dirname, '../../../../docs/images');
const world = new World();
world.put('app/dev/photo.jpg', await photograph(1200, 900));
world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
await using host = await startHost(world);
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
for (const [name, options] of docsPictures) {
  const answer = await fetch(`${host.url}/${options}/app/dev/photo.jpg`, {
    headers: { Accept: 'image/webp' },
  });
  if (!answer.ok) throw new Error(`${options}: ${answer.status} ${await answer.text()}`);
  await writeFile(join(directory, `${name}.webp`), Buffer.from(await answer.arrayBuffer()));
}
