import type { DownloadUrlAnswer, FileView, UsageAnswer } from '@bkend/storage-contract';
import { expect } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { readByCursor } from '../../../test-support/src/api/lists.ts';
import { digest, type Ledger } from './load.ts';

/** Compares what the service has with the answers that clients got, and every file with its bytes. */
export async function verifyFiles(client: Client, ledger: Ledger): Promise<FileView[]> {
  const files = await readByCursor(client, { limit: 100 });
  const found = new Map(files.map((file) => [file.id, file]));
  const lost = [...ledger.registered.keys()].filter((id) => !found.has(id) && !ledger.deleted.has(id));
  expect(lost, 'files whose registration was answered').toEqual([]);
  const risen = [...ledger.deleted].filter(([id, isAnswered]) => isAnswered && found.has(id));
  expect(risen, 'files whose deletion was answered').toEqual([]);
  const names = [...ledger.renamed].filter(([id, name]) => name !== undefined && found.has(id));
  expect(names.map(([id]) => [id, found.get(id)?.originalName])).toEqual(names);

  for (const file of files) {
    const { url } = await client.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    const response = await fetch(url);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([response.status, bytes.length]).toEqual([200, file.size]);
    const { [file.version === 1 ? 'sent' : 'replaced']: begun } = ledger;
    expect(digest(bytes)).toBe(begun.get(file.key));
  }

  const usage = await client.ask<UsageAnswer>('GET', '/v1/usage');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const ofFiles = usage.bytes - usage.versions.bytes;
  expect({ files: usage.files, bytes: ofFiles }).toEqual({ files: files.length, bytes });
  return files;
}
