import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { createRegistry, createRequestMetrics } from './metrics.ts';
import { type AnsweredRequest, createRequestLog, type RequestLogOptions } from './request-log.ts';

const request = { requestId: 'r-1', method: 'GET', status: 200, durationMs: 1.26 };

async function record(answered: AnsweredRequest, options: Partial<RequestLogOptions> = {}, level = 'info') {
  const lines: string[] = [];
  const log = createLogger({ level, role: 'api', stream: { write: (line) => lines.push(line) } });
  const registry = createRegistry('api');
  createRequestLog({ log, metrics: createRequestMetrics(registry), ...options })(answered);
  return { lines: lines.map((line) => JSON.parse(line)), metrics: await registry.metrics() };
}

describe('the request log', () => {
  it('writes one line for a request, under the names that operators read', async () => {
    const { lines } = await record({
      ...request,
      route: '/v1/files/:fileId',
      caller: { kind: 'guest', tenant: 'shop/prod' },
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        role: 'api',
        msg: 'request',
        requestId: 'r-1',
        method: 'GET',
        route: '/v1/files/:fileId',
        status: 200,
        durationMs: 1.3,
        tenant: 'shop/prod',
        caller: 'guest',
      }),
    ]);
    expect(Object.keys(lines[0])).not.toContain('err');
  });

  it('has the error of a request that failed with 500 or above, and of no other', async () => {
    const error = new Error('the disk is full');
    const failed = await record({ ...request, status: 503, error });
    expect(failed.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        msg: 'request failed',
        err: expect.objectContaining({ message: 'the disk is full' }),
      }),
    ]);
    const refused = await record({ ...request, status: 404, error });
    expect(Object.keys(refused.lines[0])).not.toContain('err');
  });

  it('shows routine requests at debug, unless they fail', async () => {
    const options = { isRoutine: () => true };
    expect((await record(request, options)).lines).toEqual([]);
    expect((await record(request, options, 'debug')).lines).toMatchObject([{ level: 'debug' }]);
    expect((await record({ ...request, status: 500 }, options)).lines).toMatchObject([{ level: 'error' }]);
  });

  it('counts every request by method, route and status, also those that are not logged', async () => {
    const options = { route: '/{bucket}/{key}', isRoutine: () => true };
    const { metrics } = await record(request, options);
    expect(metrics).toContain(
      'bkend_http_request_duration_seconds_count{method="GET",route="/{bucket}/{key}",status="200",role="api"} 1',
    );
  });
});
