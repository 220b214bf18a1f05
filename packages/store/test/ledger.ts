import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type RawRequest, type RawResponse, sendSigned } from './running-store.ts';

/** Possible content of a key: the hash of its bytes, or nothing. */
type State = string | undefined;

/**
 * Remembers, outside the store, what it has acknowledged: of every key its last acknowledged state, and the state a request
 * was about to give it whose answer never came.
 */
export class Ledger {
  readonly #acknowledged = new Map<string, State>();
  readonly #uncertain = new Map<string, State>();
  acknowledgements = 0;

  about(key: string, next: State): { acknowledged(): void } {
    this.#uncertain.set(key, next);
    return {
      acknowledged: () => {
        this.#acknowledged.set(key, next);
        this.#uncertain.delete(key);
        this.acknowledgements++;
      },
    };
  }

  /** Holds a store against what is remembered, and from then on believes what it says about the uncertain ones. */
  async check(endpoint: string): Promise<void> {
    for (const key of new Set([...this.#acknowledged.keys(), ...this.#uncertain.keys()])) {
      const answer = await sendSigned(endpoint, new Date(), { path: `/bucket/${key}` });
      assert.ok([200, 404].includes(answer.status), `${key}: ${answer.text}`);
      const found = answer.status === 200 ? hashOf(answer.body) : undefined;
      const possible = [this.#acknowledged.get(key)];
      if (this.#uncertain.has(key)) possible.push(this.#uncertain.get(key));
      assert.ok(possible.includes(found), `${key} holds ${found} instead of ${possible.join(' or ')}`);
      this.#acknowledged.set(key, found);
      this.#uncertain.delete(key);
    }
  }
}

/** Writes, copies, uploads in parts and deletes, one request after the other, until the store is gone. */
export async function writeUntilGone(endpoint: string, ledger: Ledger, writer: number): Promise<void> {
  const send = (request: RawRequest) => sendSigned(endpoint, new Date(), request);
  for (let turn = 0; ; turn++) {
    const key = `writer-${writer}/${turn % 7}`;
    try {
      if (turn % 5 === 4) await remove(send, ledger, key);
      else if (turn % 11 === 7) await copy(send, ledger, key);
      else if (turn % 13 === 5) await upload(send, ledger, key);
      else await put(send, ledger, { key, body: randomBytes([100, 70_000, 2_500_000][turn % 3] ?? 0) });
    } catch (error) {
      if (error instanceof Error && 'code' in error) return;
      throw error;
    }
  }
}

type Send = (request: RawRequest) => Promise<RawResponse>;

async function put(send: Send, ledger: Ledger, { key, body }: { key: string; body: Buffer }): Promise<void> {
  const entry = ledger.about(key, hashOf(body));
  assert.equal((await send({ method: 'PUT', path: `/bucket/${key}`, body })).status, 200);
  entry.acknowledged();
}

async function remove(send: Send, ledger: Ledger, key: string): Promise<void> {
  const entry = ledger.about(key, undefined);
  assert.equal((await send({ method: 'DELETE', path: `/bucket/${key}` })).status, 204);
  entry.acknowledged();
}

async function copy(send: Send, ledger: Ledger, key: string): Promise<void> {
  const body = randomBytes(90_000);
  await put(send, ledger, { key: `${key}-source`, body });
  const entry = ledger.about(key, hashOf(body));
  const headers = { 'x-amz-copy-source': `/bucket/${key}-source` };
  assert.equal((await send({ method: 'PUT', path: `/bucket/${key}`, headers })).status, 200);
  entry.acknowledged();
}

async function upload(send: Send, ledger: Ledger, key: string): Promise<void> {
  const path = `/bucket/${key}`;
  const parts = [randomBytes(5 * 1024 * 1024), randomBytes(10)];
  const created = await send({ method: 'POST', path, query: { uploads: '' } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(created.text)?.[1] ?? '';
  let named = '';
  for (const [index, body] of parts.entries()) {
    const partNumber = String(index + 1);
    const { headers } = await send({ method: 'PUT', path, query: { uploadId, partNumber }, body });
    named += `<Part><PartNumber>${partNumber}</PartNumber><ETag>${headers.etag}</ETag></Part>`;
  }
  const entry = ledger.about(key, hashOf(Buffer.concat(parts)));
  const body = `<CompleteMultipartUpload>${named}</CompleteMultipartUpload>`;
  assert.equal((await send({ method: 'POST', path, query: { uploadId }, body })).status, 200);
  entry.acknowledged();
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
