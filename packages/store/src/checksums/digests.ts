import * as crypto from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Crc32, Crc32c } from './crc32.ts';
import { Crc64Nvme } from './crc64-nvme.ts';

export const digestNames = ['md5', 'sha1', 'sha256', 'crc32', 'crc32c', 'crc64nvme'] as const;
export type DigestName = (typeof digestNames)[number];
export type Digests = ReadonlyMap<DigestName, Buffer>;

interface Digest {
  update(bytes: Uint8Array): Digest;
  digest(): Buffer;
}

const makers: Readonly<Record<DigestName, () => Digest>> = {
  md5: () => crypto.createHash('md5'),
  sha1: () => crypto.createHash('sha1'),
  sha256: () => crypto.createHash('sha256'),
  crc32: () => new Crc32(),
  crc32c: () => new Crc32c(),
  crc64nvme: () => new Crc64Nvme(),
};

// One call instead of three, and no object to collect: from Node 20.12 and 21.7 on.
const hash: ((algorithm: string, data: Uint8Array, encoding: 'buffer') => Buffer) | undefined = crypto.hash;
const hashed: ReadonlySet<DigestName> = new Set(['md5', 'sha1', 'sha256']);

/** The digests of bytes that are all there. */
export function digestAtOnce(names: Iterable<DigestName>, bytes: Uint8Array): Digests {
  const digests = new Map<DigestName, Buffer>();
  for (const name of new Set(names)) {
    if (hash !== undefined && hashed.has(name)) digests.set(name, hash(name, bytes, 'buffer'));
    else digests.set(name, makers[name]().update(bytes).digest());
  }
  return digests;
}

/** Several digests of the same bytes, made in one pass. */
export class MultiDigest {
  readonly #digests: readonly (readonly [DigestName, Digest])[];

  constructor(names: Iterable<DigestName>) {
    this.#digests = [...new Set(names)].map((name) => [name, makers[name]()] as const);
  }

  update(bytes: Uint8Array): void {
    for (const [, digest] of this.#digests) digest.update(bytes);
  }

  digest(): Digests {
    return new Map(this.#digests.map(([name, digest]) => [name, digest.digest()]));
  }
}

export type DigestRequest =
  | { readonly kind: 'open'; readonly stream: number; readonly names: readonly DigestName[] }
  | { readonly kind: 'update'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'digest' | 'abandon'; readonly stream: number };

/** One for every `update` and `digest`, in order. */
export interface DigestReply {
  readonly stream: number;
  readonly digests?: ReadonlyMap<DigestName, Uint8Array> | undefined;
}

/** A digest being made in the thread. It ends with `digest` or with `abandon`. */
export interface DigestStream {
  /** @param bytes in shared memory; not to be changed until this resolves */
  update(bytes: Uint8Array): Promise<void>;
  digest(): Promise<Digests>;
  abandon(): void;
}

interface Expected {
  readonly resolve: (reply: DigestReply) => void;
  readonly reject: (error: Error) => void;
}

/** Beside this file in the package and in a bundle; a thread runs JavaScript only, so the sources start the built one. */
const workerFile = import.meta.url.endsWith('.ts')
  ? '../../dist/checksums/digest-worker.js'
  : './digest-worker.js';

/**
 * A thread that hashes large uploads: MD5 alone takes longer than writing to a good disk, and on the main thread all other
 * requests would wait for it. Started when first needed.
 */
export class DigestThread {
  #worker: Worker | undefined;
  #streams = 0;
  readonly #expected = new Map<number, Expected[]>();

  open(names: readonly DigestName[]): DigestStream {
    const stream = this.#streams++;
    this.#send({ kind: 'open', stream, names });
    return {
      update: async (bytes) => {
        await this.#ask({ kind: 'update', stream, bytes });
      },
      digest: async () => {
        const { digests = new Map() } = await this.#ask({ kind: 'digest', stream });
        this.#expected.delete(stream);
        return new Map([...digests].map(([name, digest]) => [name, Buffer.from(digest)]));
      },
      abandon: () => this.#send({ kind: 'abandon', stream }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(request: DigestRequest): Promise<DigestReply> {
    return new Promise((resolve, reject) => {
      const queue = this.#expected.get(request.stream) ?? [];
      this.#expected.set(request.stream, queue);
      queue.push({ resolve, reject });
      this.#send(request);
    });
  }

  #send(request: DigestRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(new URL(workerFile, import.meta.url));
    worker.on('message', (reply: DigestReply) => this.#expected.get(reply.stream)?.shift()?.resolve(reply));
    worker.on('error', (error) => {
      this.#worker = undefined;
      for (const queue of this.#expected.values()) for (const { reject } of queue) reject(error);
      this.#expected.clear();
    });
    // It must not keep the process alive.
    worker.unref();
    return worker;
  }
}
