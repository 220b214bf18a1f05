import type { ServerResponse } from 'node:http';
import { batchedEnd } from '@bkend/http';
import type { ByteSpan, ObjectReader } from '../objects/object-reader.ts';
import { toSendableHeaders } from './header-text.ts';
import type { TransferWatch } from './transfer-watch.ts';
import { renderXml, s3Namespace, type XmlNode } from './xml.ts';

/** Answer of an operation. Headers that are `undefined` are not sent; Content-Length is that of the body. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?:
    | { readonly kind: 'xml'; readonly root: XmlNode }
    | { readonly kind: 'bytes'; readonly bytes: Buffer }
    | { readonly kind: 'object'; readonly reader: ObjectReader; readonly span: ByteSpan }
    /** Answer to HEAD: the length of the body that GET would send. */
    | { readonly kind: 'omitted'; readonly omittedBytes: number };
}

export function xmlReply(root: XmlNode, headers: Readonly<Record<string, string | undefined>> = {}): Reply {
  return { status: 200, headers, body: { kind: 'xml', root } };
}

export function emptyReply(
  status: number,
  headers: Readonly<Record<string, string | undefined>> = {},
): Reply {
  return { status, headers };
}

/** A reply as it goes out. Its Content-Length is made of its body, and of nothing else. */
export interface FinishedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: FinishedBody | undefined;
}

type FinishedBody =
  | Buffer
  | { readonly reader: ObjectReader; readonly span: ByteSpan }
  /** Answer to HEAD: the length alone. */
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

/** The response an answer is written to, and the watch on its reader. */
interface Destination {
  readonly response: ServerResponse;
  readonly transfers: TransferWatch;
}

/** A longer document may have to wait for its reader. */
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
    batchedEnd(response);
    return undefined;
  }
  if (body.length > promptBytes) response.once('close', transfers.watchSending(response));
  batchedEnd(response, body);
  return undefined;
}

/** Writes the head of every answer. Text that no header can hold is made harmless here, wherever it came from. */
function writeHead(
  response: ServerResponse,
  headers: FinishedReply['headers'],
  { status, headers: own, body }: FinishedReply,
): void {
  // One list is the quickest for Node.
  const list: string[] = [];
  for (const each of [headers, own]) {
    for (const name of Object.keys(each)) {
      const value = each[name];
      if (value !== undefined) list.push(name, value);
    }
  }
  // Always last: Node re-encodes a Content-Disposition that follows a Content-Length.
  if (status !== 204 && status !== 304) list.push('content-length', String(lengthOf(body)));
  try {
    response.writeHead(status, list);
  } catch {
    // Node has looked at every character already, and refuses what it cannot send.
    response.writeHead(status, toSendableHeaders(list));
  }
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
      // The buffer of a chunk is reused for the next, so this one has to be with the kernel first.
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
