import sharp from 'sharp';
import { interleave, type Round } from '../interleave.ts';
import type { Result } from '../result.ts';
import type { Service } from '../service.ts';
import { KeptConnections } from './kept-connections.ts';
import { type Wanted, withPeers } from './peers.ts';
import { publish } from './photograph.ts';

const cases: readonly (Wanted & { readonly name: string })[] = [
  { name: 'JPEG 400x300', format: 'jpeg', quality: 80, width: 400, height: 300, smart: false },
  { name: 'PNG 400x300', format: 'png', quality: 80, width: 400, height: 300, smart: false },
  { name: 'WebP 400x300', format: 'webp', quality: 78, width: 400, height: 300, smart: false },
  { name: 'AVIF 400x300', format: 'avif', quality: 52, width: 400, height: 300, smart: false },
  { name: 'smart 800x600 to WebP', format: 'webp', quality: 78, width: 800, height: 600, smart: true },
];

const imagesPerRound = 16;
const workers = 2;
const limit = { rounds: 7, seconds: 15 };

export interface ColdInput {
  readonly service: Service;
  readonly photo: Buffer;
  /** Key of the photograph. */
  readonly key: string;
}

/**
 * New renditions of one photograph in many sizes: ours over HTTP with the whole host, its cache of originals included; compared with
 * sharp in this process, from buffer to buffer with the same settings, and with the installed peers over HTTP from a file, with
 * their own settings except size, format and quality. Then the first rendition of each of several photographs, whose record and
 * bytes have to be fetched.
 */
export async function measureCold({ service, photo, key }: ColdInput): Promise<Result[]> {
  sharp.cache(false);
  sharp.concurrency(1);
  using host = new KeptConnections(service.imagesUrl);
  const results: Result[] = [];
  await withPeers(photo, async (peers) => {
    for (const { name, ...wanted } of cases) {
      const narrower = narrowing(wanted);
      const ours = () => rateOf(() => makeNew(host, `/${ourPath(narrower())}/${key}`));
      const bare = narrowing(wanted);
      const yardstick = () => rateOf(() => makeBare(photo, bare()));
      const round = await interleave({ ours, yardstick }, limit);
      results.push(compare(`cold ${name} / bare sharp`, round, 0.95));
      for (const peer of peers) {
        const next = narrowing(wanted);
        using server = new KeptConnections(peer.url);
        const theirs = () => rateOf(() => load(server, peer.path(next())));
        results.push(
          compare(`cold ${name} / ${peer.name}`, await interleave({ ours, yardstick: theirs }, limit), 1),
        );
      }
    }
  });
  for (const { name, ...wanted } of cases) {
    let unseen: string[] = [];
    const ours = async () => {
      unseen = await Promise.all(Array.from({ length: imagesPerRound }, () => publish(service, photo)));
      return rateOf(() => makeNew(host, `/${ourPath(wanted)}/${unseen.pop()}`));
    };
    const yardstick = () => rateOf(() => makeBare(photo, wanted));
    const round = await interleave({ ours, yardstick }, { rounds: 5, seconds: 10 });
    results.push(compare(`first ${name} of a photograph / bare sharp`, round));
  }
  return results;
}

/** Each a pixel narrower than the one before, so that each is new. */
function narrowing(wanted: Wanted): () => Wanted {
  let { width } = wanted;
  return () => ({ ...wanted, width: width-- });
}

function ourPath({ width, height, smart, format }: Wanted): string {
  return `${width}x${height}/${smart ? 'smart/' : ''}filters:format(${format})`;
}

function makeBare(photo: Buffer, { width, height, smart, format, quality }: Wanted): Promise<Buffer> {
  const image = sharp(photo)
    .autoOrient()
    .resize(width, height, { position: smart ? 'attention' : 'centre' });
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality, progressive: true, quantisationTable: 3 }).toBuffer();
    case 'png':
      return image.png({ compressionLevel: 6 }).toBuffer();
    case 'webp':
      return image.webp({ quality, effort: 4 }).toBuffer();
    case 'avif':
      return image.avif({ quality, effort: 1 }).toBuffer();
  }
}

async function makeNew(host: KeptConnections, path: string): Promise<void> {
  const cached = await load(host, path);
  if (cached !== 'MISS') throw new Error(`${path} came from a cache`);
}

/** Requests an image; returns the value of `X-Cache`. */
async function load(server: KeptConnections, path: string): Promise<string | undefined> {
  const { status, headers } = await server.get(path);
  if (status !== 200) throw new Error(`${path}: ${status}`);
  return headers.get('x-cache');
}

/** Images per second. */
async function rateOf(once: () => Promise<unknown>): Promise<number> {
  let left = imagesPerRound;
  const start = performance.now();
  const work = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: workers }, work));
  return (imagesPerRound * 1000) / (performance.now() - start);
}

function compare(name: string, { ours, yardstick }: Round, target?: number): Result {
  const ratio = ours / yardstick;
  const figure = { name, ours, yardstick, unit: 'images/s', ratio };
  return target === undefined ? { ...figure, holds: true } : { ...figure, target, holds: ratio >= target };
}
