import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(...args: [object, string]): string {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', role: 'test', stream: { write: (line) => lines.push(line) } });
  log.info(...args);
  return lines.join('');
}

const key = `sk_${'0af1'.repeat(16)}`;
const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWl0';
const signature = 'a1b2'.repeat(16);

describe('the log', () => {
  it.each([
    ['an API key', { key }, '0af1'],
    ['a token', { headers: { authorization: `Bearer ${token}` } }, 'c2lnbmF0dXJl'],
    ['a signature', { url: `http://h/k?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=${signature}` }, 'a1b2'],
    ['a credential', { url: 'http://h/k?X-Amz-Credential=AKIA%2F1&x=1' }, 'AKIA'],
    ['a database password', { err: new Error('connect postgres://bkend:hunter2@127.0.0.1/x') }, 'hunter2'],
  ])('never shows %s', (_, fields, secret) => {
    const line = logged(fields, 'hello');
    expect(line).not.toContain(secret);
    expect(JSON.parse(line)).toMatchObject({ level: 'info', role: 'test', msg: 'hello' });
  });

  it('leaves everything else as it is', () => {
    expect(
      JSON.parse(logged({ key: 'images/2026/11/x.jpg', port: 4500 }, 'GET http://127.0.0.1:4500/')),
    ).toMatchObject({
      key: 'images/2026/11/x.jpg',
      port: 4500,
      msg: 'GET http://127.0.0.1:4500/',
    });
  });
});
