import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ByteSpan, ObjectReader } from '../objects/read-content.ts';
import type { Reply } from './reply.ts';
import { renderXml, s3Namespace } from './xml.ts';

/** Sends an answer; resolves when the last byte is with the system, or the client has gone. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
  const { body } = reply;
  const document = body?.kind === 'xml' ? Buffer.from(renderXml(body.root, s3Namespace)) : undefined;
  if (document !== undefined) {
    response.setHeader('content-type', 'application/xml');
    response.setHeader('content-length', document.length);
  } else if (body === undefined && reply.status !== 204 && reply.status !== 304) {
    if (!response.hasHeader('content-length')) response.setHeader('content-length', '0');
  }
  // Before `end`: left to make the head itself, it would take a Content-Disposition for UTF-8 and spoil it.
  response.writeHead(reply.status);
  if (body?.kind !== 'object') {
    response.end(document);
    return;
  }
  using reader = body.reader;
  await sendObject(response, reader, body.span);
}

async function sendObject(response: ServerResponse, reader: ObjectReader, span: ByteSpan): Promise<void> {
  const bytes = reader.findBytes(span);
  if (bytes !== undefined) {
    response.end(bytes);
    return;
  }
  // A client that goes away must not leave the reader waiting for a drain that never comes.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    for await (const chunk of reader.read(span)) {
      if (gone.signal.aborted) return;
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}
