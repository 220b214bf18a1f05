import { describe, expect, inject, it } from 'vitest';
import { speak, statusesIn } from '../../../test-support/src/network/raw-http.ts';

const { apiUrl, objectsUrl, imagesUrl, consoleUrl, jobsUrl, operationsUrls, env } = inject('service');
const publicPorts = [
  ['api', apiUrl],
  ['images', imagesUrl],
  ...(consoleUrl === '' ? [] : [['console', consoleUrl] as const]),
  ...(jobsUrl === '' ? [] : [['jobs', jobsUrl] as const]),
  // Another maker's store has its own ways.
  ...(env.S3_ENDPOINT === undefined ? [['objects', objectsUrl] as const] : []),
] as const;
const operationsPorts = Object.entries(operationsUrls).map(
  ([role, url]) => [`${role} operations`, url] as const,
);

/** A legal spelling of each part of a request line that means the same as the plain one. */
const spellings = (path: string) => [
  `GET ${path} HTTP/1.1`,
  `GET ${path}?probe=1 HTTP/1.1`,
  `GET ${path.replace('l', '%6c')} HTTP/1.1`,
  `GET ${path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)} HTTP/1.1`,
  `GET http://h${path} HTTP/1.1`,
  `GET HTTP://h:80${path}?a=b HTTP/1.1`,
  `GET https://user@h${path.replace('t', '%74')} HTTP/1.1`,
  `HEAD ${path} HTTP/1.1`,
  `HEAD http://h${path} HTTP/1.1`,
];

const ask = (url: string, line: string) =>
  speak(url, `${line}\r\nHost: h\r\nConnection: close\r\n\r\n`, 5_000);

describe.each([...publicPorts, ...operationsPorts])('%s', (_, url) => {
  it.each(['/health/live', '/health/ready'])('answers %s, however it is spelled', async (path) => {
    for (const line of spellings(path))
      expect([line, statusesIn(await ask(url, line))]).toEqual([line, [200]]);
    const response = await fetch(url + path);
    expect(response.headers.get('content-type')).toContain('application/json');
    await response.json();
  });

  it.each(['/health/liv', '/health%2Flive', '/health/live/x', '/health', '/%2568ealth/live'])(
    'answers %s at once too, which is no fixed path',
    async (path) => {
      for (const line of [`GET ${path} HTTP/1.1`, `GET http://h${path} HTTP/1.1`]) {
        const [status] = statusesIn(await ask(url, line));
        expect([400, 401, 403, 404]).toContain(status);
      }
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'QUERY', 'PROPFIND', 'TRACE'])(
    'refuses %s of health, and says what it takes',
    async (method) => {
      const answer = await ask(url, `${method} /health/live HTTP/1.1`);
      expect(statusesIn(answer)).toEqual([405]);
      expect(answer).toMatch(/^Allow: GET, HEAD\r$/im);
    },
  );

  it('answers no message with two hosts', async () => {
    // The store has refusals of its own: an unsigned request gets no other.
    const refused = url === objectsUrl ? [400, 403] : [400];
    for (const hosts of ['Host: a\r\nHost: b', 'Host: a\r\nhost: a', 'Host: a\r\nX-A: b\r\nHOST: a']) {
      for (const target of ['/health/live', '/v1/files', '/some/key.png', 'http://a/health/live']) {
        const answer = await speak(url, `GET ${target} HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`);
        expect(refused, target).toContain(statusesIn(answer)[0]);
      }
    }
  });
});

describe.each(publicPorts)('the public port of %s', (_, url) => {
  it('shows no metrics', async () => {
    for (const line of spellings('/metrics')) {
      const answer = await ask(url, line);
      // The console answers no host but its own.
      expect(url === consoleUrl ? [400] : [403, 404], line).toContain(statusesIn(answer)[0]);
      expect(answer).not.toContain('# HELP');
    }
  });
});

describe.each(operationsPorts)('%s', (_, url) => {
  it('counts what the role does, in the form Prometheus reads', async () => {
    for (const line of spellings('/metrics')) expect(statusesIn(await ask(url, line))).toEqual([200]);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const lines = (await response.text()).split('\n').filter(Boolean);
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes'))).toBe(true);
    for (const line of lines) {
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-zA-Z_:][\w:]*(\{.*\})? \S+)$/);
    }
  });

  it('listens on loopback only', () => {
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });
});

describe('the metrics of the API', () => {
  it('count requests by route and status, and name no caller', async () => {
    await fetch(`${apiUrl}/v1/files/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000`);
    const text = await (await fetch(`${operationsUrls.api}/metrics`)).text();
    expect(text).toMatch(/route="\/v1\/files\/:fileId"/);
    expect(text).toMatch(/status="401"/);
    expect(text).not.toMatch(/0199aaaa|pk_|sk_/);
  });
});
