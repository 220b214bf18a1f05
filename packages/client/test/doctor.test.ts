import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DeleteBucketCorsCommand, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePorts } from '../../test-support/src/process/free-ports.ts';
import { readCommand, runCommand } from '../../test-support/src/process/run-command.ts';
import { type ProxiedService, startProxiedService } from '../../test-support/src/service/proxied-service.ts';

let service: ProxiedService;
beforeAll(async () => {
  service = await startProxiedService({ isAlone: true });
});
afterAll(() => service[Symbol.asyncDispose]());

type Env = Readonly<Record<string, string>>;

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly error?: { readonly code?: string; readonly message: string };
}

/** The one failed check of doctor; undefined when all succeed. */
async function diagnose(env: Env = {}): Promise<Finding | undefined> {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json'], {
    PATH: process.env.PATH,
    XDG_CONFIG_HOME: join(service.directory, 'config'),
    BKEND_API_URL: service.running.apiUrl,
    BKEND_API_KEY: service.publishableKey,
    BKEND_ACCESS_TOKEN: service.accessToken('alice'),
    ...env,
  });
  const findings = stdout
    .trim()
    .split('\n')
    .map((line): Finding => JSON.parse(line));
  const wrong = findings.filter(({ ok }) => !ok);
  expect({ code, stderr }).toEqual({ code: wrong.length > 0 ? 1 : 0, stderr: '' });
  expect(wrong.length).toBeLessThan(2);
  return wrong[0];
}

const explains = (check: RegExp, message: RegExp) => ({
  check: expect.stringMatching(check),
  error: expect.objectContaining({ message: expect.stringMatching(message) }),
});

test('doctor reports no failure of a healthy service, and leaves no file', async () => {
  expect(await diagnose()).toBeUndefined();
  const env = {
    ...service.running.env,
    BKEND_API_URL: service.running.apiUrl,
    BKEND_API_KEY: service.secretKey,
  };
  expect(await readCommand(['usage', '--tenant'], env)).toMatchObject({ files: 0, bytes: 0 });
});

test.each<[string, () => Env | Promise<Env>, RegExp, RegExp]>([
  [
    'an address without a server',
    async () => ({ BKEND_API_URL: `http://127.0.0.1:${await findFreePorts(1)}` }),
    /API answers/,
    /ECONNREFUSED.*Is the service running/,
  ],
  [
    'an address of another server',
    () => ({ BKEND_API_URL: service.imagesUrl }),
    /API answers/,
    /Another program answers there/,
  ],
  ['a wrong key', () => ({ BKEND_API_KEY: 'sk_wrong' }), /key is good/, /keys create/],
  [
    'an expired token',
    () => ({ BKEND_ACCESS_TOKEN: service.accessToken('alice', -60) }),
    /token is good/,
    /expired.*token --user/,
  ],
  ['a token of another issuer', () => ({ BKEND_ACCESS_TOKEN: 'a.b.c' }), /token is good/, /JWT_/],
  ['a missing token', () => ({ BKEND_ACCESS_TOKEN: '' }), /presigns an upload/, /log in with --token/],
])('doctor recognises %s', async (_, env, check, message) => {
  expect(await diagnose(await env())).toMatchObject(explains(check, message));
});

test('doctor recognises a clock that is an hour behind', async () => {
  const late = createServer((incoming, answer) => {
    const { method, headers, url } = incoming;
    const passed = request(service.running.apiUrl + url, { method, headers }, (response) => {
      const date = new Date(Date.now() - 3_600_000).toUTCString();
      answer.writeHead(response.statusCode ?? 500, { ...response.headers, date });
      response.pipe(answer);
    });
    incoming.pipe(passed);
  });
  await once(late.listen(0, '127.0.0.1'), 'listening');
  try {
    // A server that listens on TCP has such an address.
    const { port } = late.address() as AddressInfo;
    const finding = await diagnose({ BKEND_API_URL: `http://127.0.0.1:${port}` });
    expect(finding).toMatchObject(explains(/clocks/, /360[0-9] seconds behind/));
  } finally {
    late.closeAllConnections();
    await new Promise((resolve) => late.close(resolve));
  }
});

test('doctor recognises an object store that does not answer at its URL', async () => {
  service.objects.decide = () => ({ kind: 'cut', afterBytes: 0 });
  try {
    expect(await diagnose()).toMatchObject(explains(/takes the upload/, /BKEND_OBJECTS_URL/));
  } finally {
    service.objects.calm();
  }
});

test('doctor recognises CORS rules that hide the ETag, and missing CORS rules', async () => {
  const { env, objectsUrl } = service.running;
  const credentials = await readCommand<{ accessKeyId: string; secretAccessKey: string }>(
    ['store', 'keys', 'create'],
    env,
  );
  const s3 = new S3Client({ endpoint: objectsUrl, region: 'us-east-1', forcePathStyle: true, credentials });
  const rule = { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'PUT'], AllowedHeaders: ['*'] };
  const bucket = { Bucket: 'bkend' };
  await s3.send(new PutBucketCorsCommand({ ...bucket, CORSConfiguration: { CORSRules: [rule] } }));
  expect(await diagnose()).toMatchObject(explains(/CORS/, /add ETag to the ExposeHeaders/));
  await s3.send(new DeleteBucketCorsCommand(bucket));
  expect(await diagnose()).toMatchObject(explains(/CORS/, /AllowedOrigins/));
});
