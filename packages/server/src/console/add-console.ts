import { completeEntries } from './audit.ts';
import type { ConsoleApp, ConsoleDeps } from './console-app.ts';
import { requireHost, requireOwnPage } from './guard.ts';
import { pageHeaders } from './page-headers.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { environmentRoutes, requireSessions, tenantRoutes } from './routes/tenant-routes.ts';

/**
 * Adds the console to an application without routes: its pages, and `/api` for these pages alone. There are no CORS headers, and the
 * cookie of a session is honoured on no other host.
 */
export async function addConsole(app: ConsoleApp, deps: ConsoleDeps): Promise<void> {
  const headers = pageHeaders(deps.byteOrigins);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  requireHost(app, deps);
  completeEntries(app, deps);
  pageRoutes(app, deps);
  await app.register(
    async (api) => {
      api.addHook('onRequest', (_request, reply, done) => {
        reply.header('Cache-Control', 'no-store');
        done();
      });
      requireOwnPage(api, deps);
      sessionRoutes(api, deps);
      await api.register(async (signedIn) => {
        requireSessions(signedIn, deps);
        environmentRoutes(signedIn, deps);
        await tenantRoutes(signedIn, deps);
      });
    },
    { prefix: '/api' },
  );
}
