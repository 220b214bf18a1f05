import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StorageError } from '@bkend/storage-contract';
import { expect, it } from 'vitest';
import { sendError } from './respond.ts';

it.each([
  ['common/unavailable', undefined, '5'],
  ['common/unavailable', 40, '40'],
  ['common/too-many-requests', 7, '7'],
  ['file/not-found', undefined, null],
] as const)(
  'an error %s that asks for %s seconds is sent with Retry-After %s',
  async (code, seconds, header) => {
    const details = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    const server = createServer((request, response) => {
      const error = new StorageError(code, 'No.', { details });
      sendError(error, { request, response, requestId: 'request', origins: '*' });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(answer.headers.get('retry-after')).toBe(header);
    server.close();
    server.closeAllConnections();
  },
);
