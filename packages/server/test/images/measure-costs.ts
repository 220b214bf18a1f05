import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { engine } from '../../src/images/transform/engine.ts';
import { noise } from './measured-work.ts';

/** Prints the rates of `images/cost/rates.ts` and of the steps: nanoseconds of CPU time for each pixel. `npx tsx packages/server/test/images/measure-costs.ts` */

const [width, height] = [4000, 3000];
const raw = { width, height, channels: 3 } as const;
const pixels = await noise(width, height).raw().toBuffer();
const image = () => engine(pixels, { raw });
const through = (work: Sharp) => work.raw().toBuffer();
const small = await image().resize(1000, 750).raw().toBuffer();

const written: Readonly<Record<string, (of: Sharp) => Sharp>> = {
  'JPEG 80': (of) => of.jpeg({ quality: 80, progressive: true, quantisationTable: 3 }),
  'JPEG 100': (of) => of.jpeg({ quality: 100, progressive: true, quantisationTable: 3 }),
  PNG: (of) => of.png({ compressionLevel: 6 }),
  'PNG, palette, effort 1': (of) => of.png({ palette: true, quality: 80, effort: 1 }),
  'PNG, palette, effort 7': (of) => of.png({ palette: true, quality: 80, effort: 7 }),
  'WebP, effort 0': (of) => of.webp({ quality: 78, effort: 0 }),
  'WebP, effort 2': (of) => of.webp({ quality: 78, effort: 2 }),
  'WebP, effort 4': (of) => of.webp({ quality: 78, effort: 4 }),
  'WebP, lossless, effort 0': (of) => of.webp({ lossless: true, effort: 0 }),
  'WebP, lossless, effort 4': (of) => of.webp({ lossless: true, effort: 4 }),
  'AVIF 52': (of) => of.avif({ quality: 52, effort: 1 }),
  'AVIF 90': (of) => of.avif({ quality: 90, effort: 1 }),
  GIF: (of) => of.gif({ effort: 3 }),
};

const steps: Readonly<Record<string, (of: Sharp) => Sharp>> = {
  pass: (of) => of,
  'blur 1': (of) => of.blur(1),
  'blur 75': (of) => of.blur(75),
  'sharpen 1': (of) => of.sharpen({ sigma: 1, m1: 0, m2: 100 }),
  'sharpen 10': (of) => of.sharpen({ sigma: 10, m1: 0, m2: 100 }),
  modulate: (of) => of.modulate({ brightness: 1.1, saturation: 1.3, hue: 120 }),
  linear: (of) => of.linear([1.2, 1.2, 1.2], [3, 3, 3]),
  rotate: (of) => of.rotate(90),
  trim: (of) => of.trim({ threshold: 10 }),
  'attention to 800x600': (of) => of.resize(800, 600, { position: 'attention' }),
};

for (const [name, step] of Object.entries(steps))
  await tell(name, width * height, () => through(step(image())));
await tell('enlarge', width * height, () =>
  through(sharp(small, { raw: { width: 1000, height: 750, channels: 3 } }).resize(width, height)),
);
for (const [format, read] of Object.entries({
  jpeg: image().jpeg({ quality: 90 }),
  'progressive jpeg': image().jpeg({ quality: 90, progressive: true }),
  png: image().png({ compressionLevel: 1 }),
  webp: image().webp({ effort: 0 }),
  avif: image().avif({ effort: 0 }),
  'jpeg of quality 100': image().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
  'webp of quality 100': image().webp({ quality: 100, effort: 0 }),
  'avif of quality 100': image().avif({ quality: 100, effort: 0, chromaSubsampling: '4:4:4' }),
  gif: image().gif({ effort: 1 }),
  tiff: image().tiff({ compression: 'lzw' }),
})) {
  const bytes = await read.toBuffer();
  await tell(`read ${format}`, width * height, () =>
    through(engine(bytes, { sequentialRead: true }).resize(400)),
  );
}
for (const [name, write] of Object.entries(written)) {
  await tell(`write ${name}`, 1000 * 750, () =>
    write(engine(small, { raw: { width: 1000, height: 750, channels: 3 } })).toBuffer(),
  );
}

async function tell(name: string, pixelCount: number, work: () => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(
    `${name.padEnd(28)} ${(((user + system) * 1000) / pixelCount).toFixed(1)} ns a pixel\n`,
  );
}
