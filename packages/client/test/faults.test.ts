import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStorage, StorageError } from '../src/node.ts';
import type { Fault, SeenRequest } from './fault-proxy.ts';
import { seededBytes, seededRandom } from './random.ts';
import { accessToken, type Service, startService } from './service.ts';

/** A few runs each time; `FAULT_RUNS=200 FAULT_SEED=1 npx vitest run packages/client/test/faults` for the long proof. */
const runs = Number(process.env.FAULT_RUNS ?? 6);
const firstSeed = Number(process.env.FAULT_SEED ?? 1);

let service: Service;
beforeAll(async () => {
  service = await startService();
}, 60_000);
afterAll(() => service[Symbol.asyncDispose](), 60_000);

const expired = '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';

/** Harm to about every fourth request, and never to more than four in a row. */
function troublemaker(random: () => number): (request: SeenRequest) => Fault | undefined {
  let inRow = 0;
  const kinds: ((isPut: boolean) => Fault)[] = [
    () => ({ kind: 'cut', afterBytes: Math.floor(random() * 9e6) }),
    () => ({ kind: 'cut', afterBytes: 0 }),
    () => ({ kind: 'lose-answer' }),
    () => ({ kind: 'cut-answer', afterBytes: Math.floor(random() * 200) }),
    () => ({ kind: 'stall' }),
    () => ({ kind: 'refuse', status: 503, headers: { 'Retry-After': '0' } }),
    () => ({ kind: 'refuse', status: 429 }),
    (isPut) => (isPut ? { kind: 'refuse', status: 403, body: expired } : { kind: 'refuse', status: 500 }),
  ];
  return ({ method }) => {
    if (inRow >= 4 || random() > 0.25) {
      inRow = 0;
      return undefined;
    }
    inRow += 1;
    return kinds[Math.floor(random() * kinds.length)]?.(method === 'PUT');
  };
}

const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

test.each(seeds)(
  'seed %i: the right bytes and one file, or a typed error and none',
  { timeout: 60_000 },
  async (seed) => {
    const random = seededRandom(seed);
    const size =
      random() < 0.4 ? 1 + Math.floor(random() * 1e6) : 16 * 2 ** 20 + 1 + Math.floor(random() * 20e6);
    const bytes = seededBytes(seed, size);
    const path = join(service.directory, `${seed}.bin`);
    await writeFile(path, bytes);
    const tag = `seed-${seed}`;
    let token = accessToken('alice', random() < 0.3 ? -60 : 3600);
    const storage = createStorage({
      url: service.api.url,
      apiKey: service.publishableKey,
      accessToken: (refused) => {
        if (refused) token = accessToken('alice');
        return token;
      },
      stallSeconds: 1,
      retry: { firstDelaySeconds: 0.01, maxDelaySeconds: 0.1 },
      journal: join(service.directory, 'journal'),
    });
    const decide = troublemaker(random);
    service.api.decide = decide;
    service.objects.decide = decide;

    const input = random() < 0.5 ? { path } : new Blob([bytes]);
    const task = storage.upload(input, { filename: `${seed}.bin`, metadata: { tags: [tag] } });
    const isAborted = random() < 0.2;
    if (isAborted) setTimeout(() => task.abort(), random() * 500);
    if (random() < 0.2) {
      setTimeout(() => task.pause(), random() * 200);
      setTimeout(() => task.resume(), 300);
    }
    const outcome = await task.catch((error: unknown) => error);
    const download = async (fileId: string) =>
      Buffer.from(await (await storage.download(fileId)).arrayBuffer());
    if (!(outcome instanceof Error)) expect((await download((await task).id)).equals(bytes)).toBe(true);

    service.api.calm();
    service.objects.calm();
    const { items } = await storage.listPage({ tag });
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(StorageError);
      expect(outcome).toMatchObject({
        code: isAborted ? 'client/aborted' : 'never otherwise',
        phase: expect.any(String),
      });
    }
    expect(items).toHaveLength(outcome instanceof Error ? 0 : 1);
  },
);
