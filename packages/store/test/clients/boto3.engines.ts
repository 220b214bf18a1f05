import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { startClientRun } from './client-run.ts';
import { findClients } from './find-clients.ts';

const script = fileURLToPath(new URL('./boto3_client.py', import.meta.url));
const pythons = findClients({
  command: 'python3',
  probe: ['-c', 'import boto3'],
  debianPackage: 'python3-boto3',
});

it.each(pythons)('boto3 of %s can do all that its users do', async (python) => {
  await using client = await startClientRun();
  await client.run(python, [script, client.store.endpoint]);
});
