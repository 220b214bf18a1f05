import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ByteSpan, ObjectReader } from '../objects/read-content.ts';
import type { Reply } from './reply.ts';
import { renderXml, s3Namespace } from './xml.ts';

/** Sends an answer; resolves when the last byte is with the system, or the client has gone. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
  const { body } = reply;
  if (body === undefined) {
    if (reply.status !== 204 && reply.status !== 304 && !response.hasHeader('content-length')) {
      response.setHeader('content-length', '0');
    }
    response.end();
  } else if (body.kind === 'xml') {
    const document = Buffer.from(renderXml(body.root, s3Namespace));
    response.setHeader('content-type', 'application/xml');
    response.setHeader('content-length', document.length);
    response.end(document);
  } else {
    using reader = body.reader;
    await sendObject(response, reader, body.span);
  }
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
