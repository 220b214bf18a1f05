import { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-file.ts';
import type { DigestName, Digests } from './digests.ts';

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
    const worker = new Worker(builtFile('digest-worker.js'));
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
