import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { objectKey } from '../src/index/keys.ts';
import { openIndex } from '../src/index/store-index.ts';
import { connectRaw, requestText } from './raw-connection.ts';
import { useStore } from './use-store.ts';

const store = await useStore({ headersSeconds: 1, transfers: { unverifiedSeconds: 1, sendStallSeconds: 1 } });
beforeAll(async () => {
  for (let n = 0; n < 20; n++) await store.send({ method: 'PUT', path: `/bucket/k${n}`, body: `body ${n};` });
});

const get = (key: string) => store.presign({ method: 'GET', path: `/bucket/${key}` });
const targetOf = (url: string) => url.slice(store.endpoint.length);

async function ask(bytes: string | Uint8Array): Promise<string> {
  await using connection = await connectRaw(store.endpoint);
  connection.write(bytes);
  return await connection.ended();
}
const closing = { connection: 'close' };

describe('a message', () => {
  it('with two Host headers, or one that is no host, is answered 400', async () => {
    const { host } = new URL(store.endpoint);
    for (const hosts of [
      `host: ${host}\r\nhost: ${host}`,
      `host: ${host}\r\nHOST: other`,
      'host: a b',
      'host: a/b',
      'host: a@b',
    ]) {
      for (const target of [targetOf(get('k1')), '/health/live', '/', '/bucket/k1']) {
        const answer = await ask(`GET ${target} HTTP/1.1\r\n${hosts}\r\nconnection: close\r\n\r\n`);
        expect(answer, hosts).toMatch(/^HTTP\/1\.1 400 /);
      }
    }
    expect(await ask(`GET ${targetOf(get('k1'))} HTTP/1.1\r\nconnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  it('may name its target in absolute form, which counts instead of the Host header', async () => {
    const url = get('k1');
    expect(await ask(requestText(store.endpoint, `GET ${url}`, closing))).toMatch(
      /^HTTP\/1\.1 200 .*body 1;$/s,
    );
    const elsewhere = requestText('http://elsewhere.example.com', `GET ${url}`, closing);
    expect(await ask(elsewhere)).toMatch(/^HTTP\/1\.1 200 /);
    const other = url.replace(store.endpoint, 'http://elsewhere.example.com');
    expect(await ask(requestText(store.endpoint, `GET ${other}`, closing))).toMatch(/^HTTP\/1\.1 403 /);
    // Again, since what was verified is remembered.
    expect(await ask(requestText(store.endpoint, `GET ${other}`, closing))).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('is answered in its turn, however many are sent at once', async () => {
    await using connection = await connectRaw(store.endpoint);
    const order = Array.from({ length: 60 }, (_, at) => (at * 7) % 20);
    connection.write(
      Buffer.concat(
        order.map((n) =>
          n === 3
            ? requestText(store.endpoint, 'GET /bucket/k3')
            : requestText(store.endpoint, `GET ${targetOf(get(`k${n}`))}`),
        ),
      ),
    );
    connection.write(requestText(store.endpoint, 'HEAD /', closing));
    const answer = await connection.ended();
    const bodies = [...answer.matchAll(/body (\d+);|<Resource>\/bucket\/k(\d+)</g)].map(([, a, b]) =>
      Number(a ?? b),
    );
    expect(bodies).toEqual(order);
  });

  it.each(['gzip, chunked', 'chunked, chunked', 'identity'])(
    'with a body in the transfer coding "%s" is refused, and nothing is stored',
    async (coding) => {
      const target = targetOf(store.presign({ method: 'PUT', path: '/bucket/coded' }));
      const connection = await connectRaw(store.endpoint);
      connection.write(
        requestText(
          store.endpoint,
          `PUT ${target}`,
          { 'transfer-encoding': coding },
          '5\r\nhello\r\n0\r\n\r\n',
        ),
      );
      expect(await connection.ended()).toMatch(/^HTTP\/1\.1 (?:501|400) /);
      expect((await store.send({ path: '/bucket/coded' })).status).toBe(404);
    },
  );

  it('of any kind has an answer or an end, in time, and the store lives', async () => {
    const valid = requestText(store.endpoint, `GET ${targetOf(get('k1'))}`, closing).toString('latin1');
    const upload = requestText(
      store.endpoint,
      `PUT ${targetOf(store.presign({ method: 'PUT', path: '/bucket/new' }))}`,
      { 'transfer-encoding': 'chunked', connection: 'close' },
      '5\r\nhello\r\n0\r\n\r\n',
    ).toString('latin1');
    const piece = fc.constantFrom(
      ...[
        '\r\n',
        '\n',
        '\0',
        '\xff',
        ' ',
        ':',
        'GET / HTTP/1.1\r\n',
        'content-length: 5\r\n',
        'content-length: -1\r\n',
      ],
      ...[
        'transfer-encoding: chunked\r\n',
        'transfer-encoding: x\r\n',
        'expect: 100-continue\r\n',
        'host: b\r\n',
      ],
      ...[
        'upgrade: h2c\r\nconnection: upgrade\r\n',
        'HTTP/1.0\r\n',
        'CONNECT a:1 HTTP/1.1\r\n',
        'x'.repeat(40_000),
      ],
    );
    const edit = fc.record({ of: fc.constantFrom(valid, upload), at: fc.nat(400), cut: fc.nat(20), piece });
    await fc.assert(
      fc.asyncProperty(edit, async ({ of, at, cut, piece: inserted }) => {
        const text = of.slice(0, at) + inserted + of.slice(at + cut);
        await using connection = await connectRaw(store.endpoint);
        connection.write(Buffer.from(text, 'latin1'));
        await Promise.any([connection.until(/^HTTP\/1\.1 \d{3} .*\r\n\r\n/s), connection.ended()]);
      }),
      { numRuns: 150 },
    );
    expect((await store.send({ path: '/bucket/k1' })).text).toBe('body 1;');
  }, 120_000);
});

describe('the length of an answer', () => {
  it.each([
    ['more bytes than its record says', -50_000],
    ['fewer bytes than its record says', 50_000],
  ])('of an object with %s is kept, or the connection ends', async (_, difference) => {
    const sizeBytes = 300_000;
    await store.send({ method: 'PUT', path: '/bucket/odd', body: Buffer.alloc(sizeBytes, 'z') });
    await using index = openIndex(store.dataDir);
    const key = `odd${difference}`;
    await index.mutate((transaction) => {
      const { objects } = index.tables;
      const record = transaction.get(objects, objectKey('bucket', 'odd'));
      if (record === undefined) throw new Error('There is nothing to plant.');
      transaction.put(objects, objectKey('bucket', key), { ...record, sizeBytes: sizeBytes + difference });
    });
    await using connection = await connectRaw(store.endpoint);
    connection.write(requestText(store.endpoint, `GET ${targetOf(get(key))}`));
    connection.write(requestText(store.endpoint, `GET ${targetOf(get('k1'))}`, closing));
    const answer = await connection.ended();
    const [head = '', ...rest] = answer.split('\r\n\r\n');
    const declared = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    const body = rest.join('\r\n\r\n');
    expect(body.slice(0, declared)).toMatch(/^z*$/);
    if (body.length !== declared) expect(body.slice(declared)).toMatch(/^$|^HTTP\/1\.1 200 .*body 1;$/s);
    if (body.length > declared) expect(body.slice(0, declared)).toHaveLength(declared);
  });
});
