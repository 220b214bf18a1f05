import { describe, expect, inject, it } from 'vitest';

const { apiUrl, objectsUrl, imagesUrl, jobsUrl, env } = inject('service');
const roles = [
  ['api', apiUrl],
  ['images', imagesUrl],
  ...(jobsUrl === '' ? [] : [['jobs', jobsUrl] as const]),
  // Another maker's store has its own ways.
  ...(env.S3_ENDPOINT === undefined ? [['objects', objectsUrl] as const] : []),
] as const;

describe.each(roles)('the role %s', (_, url) => {
  it('is alive and ready', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const response = await fetch(url + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain('application/json');
      await response.json();
    }
  });

  it('counts what it does, in the form Prometheus reads', async () => {
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const lines = (await response.text()).split('\n').filter(Boolean);
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes'))).toBe(true);
    for (const line of lines) {
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-zA-Z_:][\w:]*(\{.*\})? \S+)$/);
    }
  });
});

describe('the metrics of the API', () => {
  it('tell of requests by route and status, and of no caller', async () => {
    await fetch(`${apiUrl}/v1/files/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000`);
    const text = await (await fetch(`${apiUrl}/metrics`)).text();
    expect(text).toMatch(/route="\/v1\/files\/:fileId"/);
    expect(text).toMatch(/status="401"/);
    expect(text).not.toMatch(/0199aaaa|pk_|sk_/);
  });
});
