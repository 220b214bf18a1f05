import { connect } from 'node:net';
import type { PresignUploadAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAlive, hosts } from './alive.ts';
import { askFrom, medianMs } from './ask-from.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

/** The longest a host may wait for anything that is not signed: 15 s for heads, 10 s for bodies; a busy machine looks late. */
const patienceMs = 40_000;
const dribbleMs = 1_000;
/** Clients of each kind; all kinds at the same time. */
const atOnce = 50;
let tenant: AttackedTenant;
beforeAll(async () => {
  tenant = await createAttackedTenant();
});
afterAll(expectAlive);

/** Sends a head, then a byte a second, until the server has had enough. Resolves with how long that took. */
async function dribble(url: string, begin: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: '127.0.0.66' });
  socket.on('error', () => {});
  socket.resume();
  const begun = performance.now();
  socket.write(begin);
  const drip = setInterval(() => socket.write('x'), dribbleMs);
  const late = setTimeout(() => socket.destroy(), patienceMs + 5_000);
  // A reset is an end as well; `once` would reject with it.
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(drip);
  clearTimeout(late);
  return performance.now() - begun;
}

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const long = 'Content-Length: 1000000';

const slow: Record<string, [keyof ReturnType<typeof hosts>, () => string]> = {
  'a head on the API': ['api', () => 'GET /v1/files HTTP/1.1\r\nHost: h\r\nX-Slow: '],
  'a head on the objects host': ['objects', () => 'GET / HTTP/1.1\r\nHost: h\r\nX-Slow: '],
  'a head on the images host': ['images', () => 'GET / HTTP/1.1\r\nHost: h\r\nX-Slow: '],
  'a request line on the images host': ['images', () => 'GET /'],
  'a body on the API, without a key': [
    'api',
    () => head('POST /v1/files HTTP/1.1', 'Host: h', 'Content-Type: application/json', long),
  ],
  'a body on the API, as a guest': [
    'api',
    () =>
      head(
        'POST /v1/files HTTP/1.1',
        'Host: h',
        `X-API-Key: ${tenant.publishable.key}`,
        'Content-Type: application/json',
        long,
      ),
  ],
  'a body on the API, as a user': [
    'api',
    () =>
      head(
        'POST /v1/files HTTP/1.1',
        'Host: h',
        `X-API-Key: ${tenant.publishable.key}`,
        `Authorization: Bearer ${tenant.sign({ sub: 'mallory' })}`,
        'Content-Type: application/json',
        long,
      ),
  ],
  'a form on the objects host': [
    'objects',
    () => head('POST /bkend HTTP/1.1', 'Host: h', 'Content-Type: multipart/form-data; boundary=b', long),
  ],
  'a PUT without a signature': ['objects', () => head('PUT /bkend/k HTTP/1.1', 'Host: h', long)],
  'a body on the images host': ['images', () => head('POST /k HTTP/1.1', 'Host: h', long)],
};

it.concurrent.each(Object.entries(slow))(
  '%s that comes a byte a second is ended in time, however many there are, and others are served meanwhile',
  async (_, [host, begin]) => {
    const url = hosts()[host];
    const dribbles = Promise.all(Array.from({ length: atOnce }, () => dribble(url, begin())));
    const visit = () => askFrom('127.0.0.7', `${url}/health/live`);
    expect(await medianMs(5, visit)).toBeLessThan(2_000);
    expect(Math.max(...(await dribbles))).toBeLessThan(patienceMs);
  },
);

describe('an upload that is signed', () => {
  it.concurrent('and comes a byte a second is ended as well', async () => {
    const mallory = tenant.user('mallory');
    const { url } = await mallory.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
      filename: 'a.txt',
      contentType: 'text/plain',
      fileSize: 1_000_000,
    });
    const { pathname, search, host } = new URL(url);
    const begin = head(
      `PUT ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: text/plain',
      long,
    );
    expect(await dribble(hosts().objects, begin)).toBeLessThan(patienceMs);
  });
});
