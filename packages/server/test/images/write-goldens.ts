/** Makes the golden images anew, to be looked at before they are checked in: `npx tsx packages/server/test/images/write-goldens.ts`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { goldenCases, goldenName, renderCase } from './golden-cases.ts';

const directory = join(import.meta.dirname, 'golden');
await rm(directory, { recursive: true, force: true });
await mkdir(directory);
for (const golden of goldenCases) {
  const { bytes } = await renderCase(golden);
  const kept = await sharp(bytes, { animated: true })
    .webp({ nearLossless: true, quality: 60, effort: 6 })
    .toBuffer();
  await writeFile(join(directory, goldenName(golden)), kept);
}
