import { parentPort } from 'node:worker_threads';
import type { DigestReply, DigestRequest } from './digests.ts';
import { MultiDigest } from './digests.ts';

/** The other end of digest-thread.ts: hashes what it is sent, stream by stream. */
const digests = new Map<number, MultiDigest>();

parentPort?.on('message', (request: DigestRequest) => {
  const { stream } = request;
  let reply: DigestReply = { stream };
  switch (request.kind) {
    case 'open':
      digests.set(stream, new MultiDigest(request.names));
      return;
    case 'update':
      digests.get(stream)?.update(request.bytes);
      break;
    case 'digest':
      reply = { stream, digests: digests.get(stream)?.digest() };
      digests.delete(stream);
      break;
    case 'abandon':
      digests.delete(stream);
      return;
  }
  parentPort?.postMessage(reply);
});
