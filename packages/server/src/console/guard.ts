import { invalidParameters } from '@bkend/storage-contract';
import type { ConsoleApp, ConsoleDeps } from './console-app.ts';

const safeMethods = new Set(['GET', 'HEAD']);
const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses requests under another name than the console's, which a page could cause by DNS rebinding. Compared whole: a prefix would
 * let `127.0.0.1:4503.evil.example` pass. On a loopback address a browser that uses another name of it is sent to the right one.
 */
export function requireHost(app: ConsoleApp, { publicUrl }: Pick<ConsoleDeps, 'publicUrl'>): void {
  const { host, hostname, port } = new URL(publicUrl);
  app.addHook('onRequest', async (request, reply) => {
    const asked = request.headers.host?.toLowerCase();
    if (asked === host) return;
    const isOtherName =
      loopbackNames.has(hostname) && [...loopbackNames].some((name) => asked === `${name}:${port}`);
    if (isOtherName && safeMethods.has(request.method) && !request.url.startsWith('/api')) {
      return reply.redirect(`${publicUrl}/`, 307);
    }
    throw invalidParameters([
      {
        field: 'header.Host',
        message: `must be ${host}; BKEND_CONSOLE_URL sets the address of the console`,
      },
    ]);
  });
}

/**
 * Refuses requests that a page of another origin could send. `SameSite` cookies are not enough: browsers send them to other ports of
 * a host. Every request has `X-Console: 1`, which another origin could send after a preflight alone, and none succeeds here. Requests
 * that change something also name this origin.
 */
export function requireOwnPage(app: ConsoleApp, { publicUrl }: Pick<ConsoleDeps, 'publicUrl'>): void {
  const { origin } = new URL(publicUrl);
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request;
    const site = headers['sec-fetch-site'];
    const wrong =
      headers['x-console'] !== '1'
        ? { field: 'header.X-Console', message: 'must be 1' }
        : site !== undefined && site !== 'same-origin'
          ? { field: 'header.Sec-Fetch-Site', message: 'must be same-origin' }
          : !safeMethods.has(request.method) && headers.origin !== origin
            ? { field: 'header.Origin', message: `must be ${origin}` }
            : undefined;
    done(wrong && invalidParameters([wrong]));
  });
}
