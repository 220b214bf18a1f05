import type { DownloadUrlAnswer, FileView, UsageAnswer } from '@bkend/storage-contract';
import { expect } from 'vitest';
import type { Client } from '../support/client.ts';
import { readByCursor } from '../support/lists.ts';
import { digest, type Ledger } from './load.ts';

/** Holds what the service has against what clients were told, and every file against its bytes. */
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
    expect([response.status, bytes.length, digest(bytes)]).toEqual([
      200,
      file.size,
      ledger.sent.get(file.key),
    ]);
  }

  const usage = await client.ask<UsageAnswer>('GET', '/v1/usage');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  expect({ files: usage.files, bytes: usage.bytes }).toEqual({ files: files.length, bytes });
  return files;
}
