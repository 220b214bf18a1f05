import type { ServerResponse } from 'node:http';
import { endTogether } from '../../http/end-together.ts';
import type { ByteSpan, ObjectReader } from '../objects/read-content.ts';
import type { Reply } from './reply.ts';
import { renderXml, s3Namespace } from './xml.ts';

/** A reply as it goes out: with a document as bytes, and the length of what there is. */
export interface FinishedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer | { readonly reader: ObjectReader; readonly span: ByteSpan } | undefined;
}

export function finishReply({ status, headers = {}, body }: Reply): FinishedReply {
  if (body?.kind === 'bytes') return { status, headers, body: body.bytes };
  if (body?.kind === 'object') return { status, headers, body };
  if (body?.kind === 'xml') return finishDocument({ status, headers }, renderXml(body.root, s3Namespace));
  if (status === 204 || status === 304) return { status, headers, body: undefined };
  return { status, headers: { 'content-length': '0', ...headers }, body: undefined };
}

export function finishDocument(
  head: Pick<FinishedReply, 'status' | 'headers'>,
  document: string,
): FinishedReply {
  const body = Buffer.from(document);
  const headers = {
    ...head.headers,
    'content-type': 'application/xml',
    'content-length': String(body.length),
  };
  return { status: head.status, headers, body };
}

/**
 * Sends an answer.
 *
 * @param headers that every answer has
 * @returns of an object, what resolves when its last byte is with the system, or the client has gone; nothing of the others
 */
export function sendReply(
  response: ServerResponse,
  headers: FinishedReply['headers'],
  reply: FinishedReply,
): Promise<void> | undefined {
  const { status, body } = reply;
  // One list is the quickest for Node. It comes before `end`: left to make the head itself, Node would take a
  // Content-Disposition for UTF-8 and spoil it.
  const list: string[] = [];
  for (const each of [headers, reply.headers]) {
    for (const name of Object.keys(each)) {
      const value = each[name];
      if (value !== undefined) list.push(name, value);
    }
  }
  response.writeHead(status, list);
  if (body === undefined || Buffer.isBuffer(body)) {
    endTogether(response, body);
    return undefined;
  }
  return sendObject(response, body.reader, body.span);
}

async function sendObject(response: ServerResponse, opened: ObjectReader, span: ByteSpan): Promise<void> {
  using reader = opened;
  // A client that goes away must not leave the reader waiting for a write that never ends.
  let isGone = false;
  const gone = new Promise<void>((resolve) => {
    response.once('close', () => {
      isGone = true;
      resolve();
    });
  });
  const write = (chunk: Buffer) => new Promise<void>((resolve) => response.write(chunk, () => resolve()));
  let written = Promise.resolve();
  try {
    for await (const chunk of reader.read(span)) {
      // The next chunk takes the place of the last one, which is why that has to be with the system.
      await Promise.race([written, gone]);
      if (isGone) return;
      written = write(chunk);
    }
    response.end();
  } catch (error) {
    if (!isGone) throw error;
  }
}
