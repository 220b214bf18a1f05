import type { ServerResponse } from 'node:http';
import { endTogether } from '../../http/end-together.ts';
import type { ByteSpan, ObjectReader } from '../objects/read-content.ts';
import { isHeaderName, safeHeaderValue } from './header-text.ts';
import type { Reply } from './reply.ts';
import type { TransferWatch } from './transfer-watch.ts';
import { renderXml, s3Namespace } from './xml.ts';

/** A reply as it goes out. Its Content-Length is made of its body, and of nothing else. */
export interface FinishedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: FinishedBody | undefined;
}

type FinishedBody =
  | Buffer
  | { readonly reader: ObjectReader; readonly span: ByteSpan }
  /** Of an answer to HEAD: its length alone. */
  | { readonly omittedBytes: number };

export function finishReply({ status, headers = {}, body }: Reply): FinishedReply {
  if (body === undefined) return { status, headers, body: undefined };
  if (body.kind === 'bytes') return { status, headers, body: body.bytes };
  if (body.kind === 'xml') return finishDocument({ status, headers }, renderXml(body.root, s3Namespace));
  return { status, headers, body };
}

export function finishDocument(
  head: Pick<FinishedReply, 'status' | 'headers'>,
  document: string,
): FinishedReply {
  const headers = { ...head.headers, 'content-type': 'application/xml' };
  return { status: head.status, headers, body: Buffer.from(document) };
}

/** The same without its bytes: HEAD is answered with the headers of GET (RFC 9110 §9.3.2). */
export function omitBody(reply: FinishedReply): FinishedReply {
  if (reply.body === undefined) return reply;
  return { ...reply, body: { omittedBytes: lengthOf(reply.body) } };
}

/** How many bytes the body has. */
export function lengthOf(body: FinishedBody | undefined): number {
  if (body === undefined) return 0;
  if (Buffer.isBuffer(body)) return body.length;
  return 'omittedBytes' in body ? body.omittedBytes : body.span.end - body.span.start;
}

/** Where an answer goes, and what sees to it that its reader takes it. */
export interface Destination {
  readonly response: ServerResponse;
  readonly transfers: TransferWatch;
}

/** A document longer than this may have to wait for its reader. */
const promptBytes = 64 * 1024;

/**
 * Sends an answer.
 *
 * @param headers that every answer has
 * @returns of an object, what resolves when its last byte is with the system, or the client has gone; nothing of the others
 */
export function sendReply(
  destination: Destination,
  headers: FinishedReply['headers'],
  reply: FinishedReply,
): Promise<void> | undefined {
  const { response, transfers } = destination;
  const { body } = reply;
  if (body !== undefined && 'reader' in body) return sendObject(destination, headers, { ...reply, body });
  writeHead(response, headers, reply);
  if (body === undefined || 'omittedBytes' in body) {
    endTogether(response);
    return undefined;
  }
  if (body.length > promptBytes) response.once('close', transfers.watchSending(response));
  endTogether(response, body);
  return undefined;
}

/**
 * The one place where the head of an answer is written. Text that no header can hold is made harmless here, wherever it came
 * from: a name that is none is left out, a value has its control characters replaced.
 */
export function writeHead(
  response: ServerResponse,
  headers: FinishedReply['headers'],
  { status, headers: own, body }: FinishedReply,
): void {
  // One list is the quickest for Node.
  const list: string[] = [];
  for (const each of [headers, own]) {
    for (const name of Object.keys(each)) {
      const value = each[name];
      if (value !== undefined && isHeaderName(name)) list.push(name, safeHeaderValue(value));
    }
  }
  // Last, and always: Node encodes anew a Content-Disposition that comes behind a Content-Length.
  if (status !== 204 && status !== 304) list.push('content-length', String(lengthOf(body)));
  response.writeHead(status, list);
}

async function sendObject(
  { response, transfers }: Destination,
  headers: FinishedReply['headers'],
  reply: FinishedReply & { readonly body: { readonly reader: ObjectReader; readonly span: ByteSpan } },
): Promise<void> {
  using reader = reply.body.reader;
  const { span } = reply.body;
  writeHead(response, headers, reply);
  // A client that goes away must not leave the reader waiting for a write that never ends.
  let isGone = false;
  const gone = new Promise<void>((resolve) => {
    response.once('close', () => {
      isGone = true;
      resolve();
    });
  });
  const write = (chunk: Buffer) => new Promise<void>((resolve) => response.write(chunk, () => resolve()));
  const stopWatching = transfers.watchSending(response);
  let written = Promise.resolve();
  let missing = lengthOf(reply.body);
  try {
    for await (const chunk of reader.read(span)) {
      missing -= chunk.length;
      // A byte more than announced would be read as the head of the next answer.
      if (missing < 0) throw new Error('A stored object has more bytes than its record says');
      // The next chunk takes the place of the last one, which is why that has to be with the system.
      await Promise.race([written, gone]);
      if (isGone) return;
      written = write(chunk);
    }
    if (missing > 0) throw new Error(`A stored object ends ${missing} bytes too early`);
    response.end();
  } catch (error) {
    if (!isGone) throw error;
  } finally {
    // The last bytes may still be waiting for their reader.
    if (response.writableFinished || isGone) stopWatching();
    else response.once('close', stopWatching);
  }
}
