import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestReport } from '../src/http/exchange.ts';
import { bucketKey, objectKey } from '../src/index/keys.ts';
import { openIndex, type StoreIndex } from '../src/index/store-index.ts';
import { connectRaw, headLines, requestText } from './raw-connection.ts';
import { type RunningStore, sendRaw, startStore } from './running-store.ts';

/** Whatever is stored or sent may become a header of an answer. Here is text that none can hold, or that Node would recode. */
const texts = [
  ...['\0', '\u0001', '\b', '\t', '\n', '\v', '\r', '\u001b', '\u001f'].map((control) => `a${control}b`),
  'a\u007fb',
  'a\r\nx-injected: 1',
  'a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  'ETag – etc',
  'attachment; filename="한글.pdf"',
  'attachment; filename="café.pdf"',
  'attachment; filename="caf\u00c3\u00a9.pdf"',
  '😀',
  '\ud800',
  'é',
  '',
];
const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
];

const faults: RequestReport[] = [];
let store: RunningStore;
let index: StoreIndex;
beforeAll(async () => {
  store = await startStore({ onRequest: (report) => report.status >= 500 && faults.push(report) });
  index = openIndex(store.dataDir);
  await store.send({ method: 'PUT', path: '/bucket/k', body: 'hello' });
});
afterAll(async () => {
  await index[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  expect(faults).toEqual([]);
});

/** The whole answer, as it came over the wire. */
async function ask(
  method: string,
  path: string,
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<string> {
  const url = store.presign({ method, path, query });
  await using connection = await connectRaw(store.endpoint);
  const line = `${method} ${url.slice(store.endpoint.length)}`;
  connection.write(requestText(store.endpoint, line, { ...headers, connection: 'close' }));
  return await connection.ended();
}

async function expectSound(answer: string, status: RegExp): Promise<void> {
  expect(answer).toMatch(status);
  expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(answer).not.toMatch(/^x-injected/m);
  const lines = headLines(answer).slice(1);
  for (const line of lines) expect(line).toMatch(/^[!#$%&'*+\-.^_`|~\w]+: [\t\x20-\x7e\x80-\xff]*$/);
}

/** As an older version may have left it. */
async function plant(
  key: string,
  attributes: { headers?: Record<string, string>; metadata?: Record<string, string> },
): Promise<void> {
  const { tables } = index;
  await index.mutate((transaction) => {
    const record = transaction.get(tables.objects, objectKey('bucket', 'k'));
    if (record === undefined) throw new Error('There is nothing to copy from.');
    const { content, ...rest } = record;
    transaction.put(tables.objects, objectKey('bucket', key), { ...rest, content, ...attributes });
  });
}

describe('an object stored with text that no header can hold', () => {
  const plantings = [
    ...keptHeaders.map((name) => [name, (text: string) => ({ headers: { [name]: text } })] as const),
    ['the value of metadata', (text: string) => ({ metadata: { a: text } })] as const,
    ['the name of metadata', (text: string) => ({ metadata: { [`a${text}`]: 'b' } })] as const,
  ];

  it.each(plantings)(
    'in %s is read by every operation, and HEAD has the headers of GET',
    async (name, planting) => {
      for (const [at, text] of texts.entries()) {
        // Reads are cached, and nothing outside the process of the store invalidates them meanwhile.
        const key = `planted-${name}-${at}`;
        await plant(key, planting(text));
        const path = `/bucket/${key}`;
        const got = await ask('GET', path);
        await expectSound(got, /^HTTP\/1\.1 200 /);
        expect(got.endsWith('\r\n\r\nhello')).toBe(true);
        expect(headLines(await ask('HEAD', path)), JSON.stringify(text)).toEqual(headLines(got));
        await expectSound(await ask('GET', path, {}, { range: 'bytes=1-2' }), /^HTTP\/1\.1 206 /);
        await expectSound(await ask('GET', path, {}, { 'if-none-match': '*' }), /^HTTP\/1\.1 304 /);
        const copied = await store.send({
          method: 'PUT',
          path: '/bucket/copied',
          headers: { 'x-amz-copy-source': `bucket/${key}` },
        });
        expect(copied.status).toBe(200);
        await expectSound(await ask('GET', '/bucket/copied'), /^HTTP\/1\.1 200 /);
      }
    },
  );

  it('counts metadata that has no name a header could have, as S3 does', async () => {
    await plant('nameless', { metadata: { é: '1', 'a b': '2', c: '3' } });
    const { headers } = await store.send({ path: '/bucket/nameless' });
    expect(headers).toMatchObject({ 'x-amz-missing-meta': '2', 'x-amz-meta-c': '3' });
  });
});

describe('a bucket with rules that no header can hold', () => {
  it('goes on answering browsers, signed or not, and the process lives', async () => {
    for (const text of texts) {
      await index.mutate((transaction) => {
        const { tables } = index;
        const rule = {
          allowedOrigins: ['*', text],
          allowedMethods: ['GET', 'PUT', text],
          allowedHeaders: ['*', text],
          exposeHeaders: ['ETag', text],
        };
        transaction.put(tables.buckets, bucketKey('bucket'), { createdAt: 0, cors: [rule] });
      });
      const origin = 'http://app.example.com';
      for (const target of ['/bucket/k', '/bucket/absent', '/bucket?cors']) {
        const refused = await sendRaw(store.endpoint, { method: 'GET', target, headers: { origin } });
        expect(refused.status).toBe(403);
        expect(refused.headers['access-control-expose-headers']).toMatch(/^ETag/);
        const preflight = await sendRaw(store.endpoint, {
          method: 'OPTIONS',
          target,
          headers: { origin, 'access-control-request-method': 'GET' },
        });
        expect(preflight.status).toBe(200);
      }
      await expectSound(await ask('GET', '/bucket/k', {}, { origin }), /^HTTP\/1\.1 200 /);
    }
  });
});

describe('text of a request', () => {
  it.each(['GET', 'HEAD'])('in response-… of a %s is sent as it was, or refused', async (method) => {
    for (const name of keptHeaders.slice(0, -1)) {
      for (const text of texts) {
        // No signer writes half of a pair.
        if (text === '\ud800') continue;
        const answer = await ask(method, '/bucket/k', { [`response-${name}`]: text });
        await expectSound(answer, /^HTTP\/1\.1 (?:200|400) /);
        const isSendable = !/[^\t\x20-\x7e\x80-\uffff]/.test(text);
        expect(answer.startsWith('HTTP/1.1 200 '), JSON.stringify(text)).toBe(isSendable);
        if (isSendable) expect(answer).toContain(`\r\n${name}: ${Buffer.from(text).toString('latin1')}\r\n`);
      }
    }
  });

  it('in response-… gives HEAD the headers of GET', async () => {
    for (const name of keptHeaders.slice(0, -1)) {
      for (const text of ['attachment; filename="한글.pdf"', 'attachment; filename="café.pdf"', 'é', '😀']) {
        const query = { [`response-${name}`]: text };
        expect(headLines(await ask('HEAD', '/bucket/k', query))).toEqual(
          headLines(await ask('GET', '/bucket/k', query)),
        );
      }
    }
  });

  it.each([...keptHeaders, 'x-amz-meta-a'])(
    'in %s of a presigned PUT is kept as sent or refused',
    async (name) => {
      for (const text of texts.filter((each) => each !== '\ud800')) {
        // A presigner that moves headers into the URL can say there what no header could.
        const query = name.startsWith('x-amz-') ? { [name]: text } : {};
        const isHeader = !/[^\t\x20-\x7e\x80-\xff]/.test(text);
        const headers = name.startsWith('x-amz-') || !isHeader ? {} : { [name]: text };
        await expectSound(
          await ask('PUT', '/bucket/sent', query, { ...headers, 'content-length': '0' }),
          /^HTTP\/1\.1 (?:200|400) /,
        );
        const got = await ask('GET', '/bucket/sent');
        await expectSound(got, /^HTTP\/1\.1 (?:200|404) /);
        expect(headLines(await ask('HEAD', '/bucket/sent'))).toEqual(headLines(got));
      }
    },
  );

  it('in the headers of browsers opens nothing and breaks nothing', async () => {
    for (const text of ['é', '\u00ff', 'a b', '"', 'a,b', '(x)', 'x'.repeat(4000)]) {
      for (const name of ['origin', 'access-control-request-headers', 'access-control-request-method']) {
        await using connection = await connectRaw(store.endpoint);
        const headers = {
          origin: 'http://a',
          'access-control-request-method': 'GET',
          connection: 'close',
          [name]: text,
        };
        connection.write(requestText(store.endpoint, 'OPTIONS /bucket/k', headers));
        await expectSound(await connection.ended(), /^HTTP\/1\.1 (?:200|403) /);
      }
    }
  });
});
