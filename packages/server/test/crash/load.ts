import { createHash, randomBytes } from 'node:crypto';
import type { FileView, InitMultipartAnswer, PresignPartsAnswer } from '@bkend/storage-contract';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes, sendFile } from '../../../test-support/src/api/uploads.ts';

/** Answers that a client got, written down where no crash of the service can reach them. */
export interface Ledger {
  /** SHA-256 of the bytes of every registration that was begun, by key. */
  readonly sent: Map<string, string>;
  /** SHA-256 of new contents whose registration was begun, by key: the file has these from version 2 on. */
  readonly replaced: Map<string, string>;
  /** Files whose registration was answered. */
  readonly registered: Map<string, FileView>;
  /** New names whose change was answered, by file; undefined while no answer has come. */
  readonly renamed: Map<string, string | undefined>;
  /** Whether the deletion was answered, of every file whose deletion was begun. */
  readonly deleted: Map<string, boolean>;
}

export interface Load {
  readonly ledger: Ledger;
  /** Ends when every client has finished or lost its last request. */
  stop(): Promise<void>;
}

export function newLedger(): Ledger {
  return {
    sent: new Map(),
    replaced: new Map(),
    registered: new Map(),
    renamed: new Map(),
    deleted: new Map(),
  };
}

/** Clients that upload, rename and delete as fast as they can, until stopped, and write down the answers they get. */
export function startLoad(client: Client, ledger: Ledger, clients = 6): Load {
  let isStopped = false;
  const work = async (number: number) => {
    for (let round = 0; !isStopped; round += 1) {
      // A request that was cut off is what this is about; the ledger says how far it came.
      await liveAFile(client, ledger, number + round).catch(() => undefined);
    }
  };
  const running = Array.from({ length: clients }, (_, number) => work(number));
  return {
    ledger,
    async stop() {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

async function liveAFile(client: Client, ledger: Ledger, kind: number): Promise<void> {
  const bytes = new Uint8Array(randomBytes(1 + ((kind * 977) % 20_000)));
  const registration = kind % 4 === 0 ? await sendInParts(client, bytes) : await sendFile(client, { bytes });
  ledger.sent.set(registration.s3Key, digest(bytes));
  const file = await client.ask<FileView>('POST', '/v1/files', registration);
  ledger.registered.set(file.id, file);

  if (kind % 3 === 1) {
    const originalName = `renamed-${kind}.txt`;
    ledger.renamed.set(file.id, undefined);
    await client.ask('PATCH', `/v1/files/${file.id}`, { originalName });
    ledger.renamed.set(file.id, originalName);
  }
  if (kind % 2 === 0) {
    ledger.deleted.set(file.id, false);
    await client.ask('DELETE', `/v1/files/${file.id}`);
    ledger.deleted.set(file.id, true);
  }
}

async function sendInParts(client: Client, bytes: Uint8Array<ArrayBuffer>) {
  const { key, uploadId } = await client.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    filename: 'parts.txt',
    contentType: 'text/plain',
    fileSize: bytes.length,
  });
  const { url = '' } = await client.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
    key,
    uploadId,
    partNumber: 1,
  });
  const put = await putBytes(url, bytes);
  const parts = [{ partNumber: 1, etag: put.headers.get('etag') }];
  await client.ask('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
  return { s3Key: key, originalName: 'parts.txt', mimeType: 'text/plain', size: bytes.length };
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
