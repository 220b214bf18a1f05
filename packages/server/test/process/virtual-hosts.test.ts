import { createSigner } from '@bkend/sigv4';
import { expect, it } from 'vitest';
import { sendRaw } from '../../../store/test/running-store.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { startService } from '../../../test-support/src/service/start-service.ts';

it.each([
  [{}, 'bkend.localhost'],
  [{ BKEND_OBJECTS_URL: 'https://files.example.com' }, 'bkend.files.example.com'],
])('the store alone, with %o, serves its bucket at %s too', async (env, host) => {
  await using service = await startService({ words: ['--only', 'objects'], env });
  const endpoint = `http://127.0.0.1:${service.env.BKEND_OBJECTS_PORT}`;
  const health = () => fetch(`${endpoint}/health/ready`).catch(() => undefined);
  await eventually('the store is up', async () => (await health())?.ok || undefined);
  const credentials = await readCommand<{ accessKeyId: string; secretAccessKey: string }>(
    ['store', 'keys', 'create'],
    service.env,
  );
  const signer = createSigner({ credentials, region: 'us-east-1' });
  const send = async (method: string, path: string, body: string, at = host) => {
    const target = {
      method,
      endpoint: `http://${at}`,
      path,
      payloadHash: 'UNSIGNED-PAYLOAD',
      at: new Date(),
    };
    const headers = { host: at, ...signer.sign(target) };
    return await sendRaw(endpoint, { method, target: path, headers, body: Buffer.from(body) });
  };
  expect((await send('PUT', '/folder/key', 'hello')).status).toBe(200);
  expect((await send('GET', '/folder/key', '')).text).toBe('hello');
  // Unsigned requests for this path get the service's own response.
  expect((await send('PUT', '/health/live', 'of an app')).status).toBe(200);
  expect((await send('GET', '/health/live', '')).text).toBe('of an app');
  expect((await fetch(`${endpoint}/metrics`)).status).toBe(403);
  expect((await send('GET', '/bkend/folder/key', '', host.replace('bkend.', ''))).text).toBe('hello');
});
