import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../../src/files/object-store.ts';
import type { Subject } from './contract.ts';

/** A request of `fetch`. */
export type Body = NonNullable<RequestInit['body']>;

/** An unused key. */
export function newKey(name = 'file.bin'): string {
  return `${randomUUID()}/${name}`;
}

/** Sends bytes to a presigned URL as a browser would. */
export function put(url: string, body: Body, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'PUT', body, headers });
}

/** Puts an object where nothing about the way it gets there matters. */
export async function putObject(store: ObjectStore, key: string, body: Body): Promise<void> {
  const contentType = 'application/octet-stream';
  const url = await store.presignPut({ key, contentType, expiresInSeconds: 60 });
  const answer = await put(url, body, { 'content-type': contentType });
  if (!answer.ok) throw new Error(`PUT answered ${answer.status}: ${await answer.text()}`);
}

/** Sends one part to its presigned URL and returns its ETag, as the browser reads it. */
export async function putPart(
  store: ObjectStore,
  part: { readonly key: string; readonly multipartId: string; readonly partNumber: number },
  body: Body,
): Promise<{ partNumber: number; etag: string }> {
  const answer = await put(await store.presignPart({ ...part, expiresInSeconds: 60 }), body);
  const etag = answer.headers.get('etag');
  if (!answer.ok || etag === null)
    throw new Error(`The part's PUT answered ${answer.status}: ${await answer.text()}`);
  return { partNumber: part.partNumber, etag };
}

/** Everything an iteration gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Reads a stream to its end. */
export async function readAll(body: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The store under test, on a bucket that was just created. */
export async function openNewBucket(subject: Subject): Promise<ObjectStore> {
  const store = subject.storeOnNewBucket();
  await store.ensureBucket();
  return store;
}

/** Does something for each item, eight at a time. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
