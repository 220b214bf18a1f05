import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
let proxy: Server;
/** Requests that the proxy received. */
const asked: string[] = [];
let authorization: string | undefined;

beforeAll(async () => {
  bks = await startCommandLine();
  proxy = createServer((incoming, answer) => {
    const url = new URL(incoming.url ?? '');
    asked.push(`${incoming.method} ${url.origin}`);
    authorization = incoming.headers['proxy-authorization'];
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const onward = request(url, { method: incoming.method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 0, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  proxy.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const [, port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
}, 60_000);
afterEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await bks[Symbol.asyncDispose]();
}, 60_000);

const proxyUrl = () => `127.0.0.1:${(proxy.address() as AddressInfo).port}`;

test('calls, uploads, downloads and checks go through the proxy of the environment variables', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'a.bin'), seededBytes(1, 20 * 2 ** 20));
  const variables = `export HTTP_PROXY=http://user:p%40ss@${proxyUrl()};`;
  const put = await bks.shell(folder, `${variables} bks put a.bin --json`);
  expect(put.code).toBe(0);
  const { id } = JSON.parse(put.stdout);
  expect((await bks.shell(folder, `${variables} bks get ${id} -o b.bin && bks doctor`)).code).toBe(0);
  expect((await readFile(join(folder, 'b.bin'))).equals(await readFile(join(folder, 'a.bin')))).toBe(true);
  const { api, objects, imagesUrl } = bks.service;
  for (const each of [`POST ${api.url}`, `PUT ${objects.url}`, `GET ${objects.url}`, `GET ${imagesUrl}`]) {
    expect(asked).toContain(each);
  }
  expect(authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  const direct = await bks.shell(folder, `${variables} NO_PROXY=127.0.0.1 bks stat ${id}`);
  expect(direct.code).toBe(0);
  const before = asked.length;
  await bks.shell(folder, `${variables} NO_PROXY=127.0.0.1 bks get ${id} -o c.bin`);
  expect(asked).toHaveLength(before);
});

test('TLS goes through the proxy by CONNECT, and NODE_EXTRA_CA_CERTS adds a trusted authority', async () => {
  const folder = await bks.folder();
  const words = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...words, ...names, '-keyout', 'key.pem', '-out', 'cert.pem'], {
    cwd: folder,
    stdio: 'ignore',
  });
  const [key, cert] = [readFileSync(join(folder, 'key.pem')), readFileSync(join(folder, 'cert.pem'))];
  const secure = createTlsServer({ key, cert }, (incoming, answer) => {
    const url = new URL(incoming.url ?? '', bks.service.api.url);
    const onward = request(url, { method: incoming.method, headers: incoming.headers }, (response) => {
      answer.writeHead(response.statusCode ?? 0, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(onward);
  });
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const { port } = secure.address() as AddressInfo;
  const command = `HTTPS_PROXY=${proxyUrl()} BKEND_API_URL=https://localhost:${port} bks usage --json`;
  const trusting = await bks.shell(folder, `NODE_EXTRA_CA_CERTS=cert.pem ${command}`);
  const wary = await bks.shell(folder, command);
  secure.closeAllConnections();
  secure.close();
  expect(trusting).toMatchObject({ code: 0, stdout: expect.stringContaining('byCategory') });
  expect(asked).toContain(`CONNECT localhost:${port}`);
  expect(asked.filter((each) => !each.startsWith('CONNECT'))).toEqual([]);
  expect(wary).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/certificate/) });
});

test('a proxy that does not answer, or is no HTTP proxy, is named in the error', async () => {
  const folder = await bks.folder();
  const refused = await bks.shell(folder, 'HTTP_PROXY=http://127.0.0.1:1 bks usage');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('127.0.0.1:1') });
  const wrong = await bks.shell(folder, 'HTTP_PROXY=socks5://127.0.0.1:1 bks usage');
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('http_proxy') });
});
