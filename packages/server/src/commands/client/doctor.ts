import { randomUUID } from 'node:crypto';
import { createStorage, StorageError } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import type { Output } from '../output.ts';
import { readLogin } from './login-file.ts';
import { complain, PartlyFailedError } from './output.ts';

const maxSkewSeconds = 60;

/** `doctor`: tries everything an app needs, step by step, and says what is wrong and how to mend it. */
export async function doctor(output: Output): Promise<void> {
  const login = await readLogin(readEnv());
  const storage = createStorage({ ...login, retry: { tries: 2 }, stallSeconds: 10, journal: false });
  const check = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work();
      output.show({ check: what, ok: true }, `ok    ${what}`);
      return result;
    } catch (error) {
      output.show({ check: what, ok: false }, `FAIL  ${what}`);
      complain('      ', error, output);
      throw new PartlyFailedError();
    }
  };

  const health = await check(`the API answers at ${login.url}`, () => fetch(`${login.url}/health/ready`));
  await check('the API is ready', async () => {
    if (!health.ok) throw new Error(`It is not (${health.status}): ${await health.text()}`);
  });
  await check('the clocks agree', async () => {
    const skewSeconds = Math.round((Date.parse(health.headers.get('date') ?? '') - Date.now()) / 1000);
    if (Math.abs(skewSeconds) > maxSkewSeconds) {
      throw new Error(
        `The server's clock is ${skewSeconds} seconds ahead of this machine's: set the wrong one right.`,
      );
    }
  });
  await check('the key, and the token if there is one, are good', () => storage.listPage({ limit: 1 }));
  const text = `doctor ${randomUUID()}`;
  const file = await check('a file can be uploaded', async () => {
    try {
      return await storage.upload(text, { filename: 'doctor.txt', category: 'temp' });
    } catch (error) {
      const isGuest = error instanceof StorageError && error.code === 'common/authentication-required';
      if (isGuest)
        throw new Error('A publishable key needs an access token to upload: log in with --token.', {
          cause: error,
        });
      throw error;
    }
  });
  try {
    await check('and comes back as it was', async () => {
      const returned = await (await storage.download(file.id)).text();
      if (returned !== text)
        throw new Error('Other bytes came back: does something rewrite answers in between?');
    });
    await check('browsers may upload, and read the ETag', async () => {
      const { url } = await storage.downloadUrl(file.id);
      const answer = await fetch(url, { headers: { Origin: 'https://doctor.example' } });
      const exposed = answer.headers.get('access-control-expose-headers')?.toLowerCase() ?? '';
      if (!answer.headers.has('access-control-allow-origin')) {
        throw new Error(
          'The object store sends no CORS headers: give the bucket CORS rules for your origins.',
        );
      }
      if (!exposed.includes('etag'))
        throw new Error('Add ETag to the ExposeHeaders of the bucket’s CORS rules.');
    });
  } finally {
    await storage.delete(file.id);
  }
}
