import { StorageError, thumbnailOptions } from '@bkend/storage-contract';
import { ConsoleEnvironments } from '@bkend/storage-contract/schemas';
import type { FastifyRequest } from 'fastify';
import { type Admin, requireScope } from '../../identity/caller.ts';
import { callerOf, mayOpen, type Operator } from '../../identity/operators/operator.ts';
import { readSession, requireSession } from '../../identity/operators/sign-in.ts';
import { parseTenant, projectOf } from '../../identity/tenant.ts';
import { beingDeleted } from '../../projects/name-reuse.ts';
import { beginEntry } from '../audit.ts';
import type { ConsoleApp, ConsoleDeps } from '../console-app.ts';
import { createSessionCookie } from '../session-cookie.ts';

/** The environments that an operator may open; those that are being deleted are not among them. */
export function environmentRoutes(app: ConsoleApp, { environments }: ConsoleDeps): void {
  app.get(
    '/environments',
    { schema: { hide: true, response: { 200: ConsoleEnvironments } } },
    async ({ session: { operator } }) => {
      const all = await environments.list();
      const items = all
        .filter(({ deletingSince }) => deletingSince === undefined)
        .map(({ tenant }) => ({
          project: projectOf(tenant),
          environment: tenant.slice(projectOf(tenant).length + 1),
        }))
        .filter(({ project }) => mayOpen(operator, project));
      return { items };
    },
  );
}

/** Finds the session of every request, and counts it against the rate limit of its operator. */
export function requireSessions(app: ConsoleApp, deps: ConsoleDeps): void {
  const { limit } = deps;
  const findSession = createSessionFinder(deps, requireSession);
  app.addHook('onRequest', async (request) => {
    request.session = await findSession(request);
    request.callerName = `operator ${request.session.operator.id}`;
    limit.require(request.callerName);
  });
}

function createSessionFinder({ sessions, publicUrl }: ConsoleDeps, find: typeof requireSession) {
  const cookie = createSessionCookie(publicUrl);
  return ({ headers }: FastifyRequest) => find(sessions, cookie.read(headers.cookie));
}

/**
 * The routes of the API below `/t/:project/:env/v1`, for operators in place of keys: the caller is an admin of the tenant, and
 * what it may do is checked by the same code. API keys and access tokens are not read.
 */
export async function tenantRoutes(app: ConsoleApp, deps: ConsoleDeps): Promise<void> {
  const findAgain = createSessionFinder(deps, readSession);
  await app.register(
    async (tenant) => {
      tenant.addHook('onRequest', async (request) => {
        const admitted = () => admit(deps, request);
        request.caller = await admitted();
        const { scope } = request.routeOptions.config;
        if (scope !== undefined) requireScope(request.caller, scope);
        request.authenticateAgain = async () => {
          request.session = await findAgain(request);
          return admitted();
        };
      });
      tenant.addHook('preHandler', async (request) => {
        const { session, caller, routeOptions } = request;
        refuseBytes(session.operator, request);
        if (routeOptions.config.scope?.endsWith(':read')) return;
        await beginEntry(deps, request, { operator: session.operator, tenant: caller.tenant });
      });
      deps.addApiRoutes(tenant);
    },
    { prefix: '/t/:project/:env/v1' },
  );
}

/**
 * @throws `common/not-found` alike for an environment that does not exist and one that the operator has no right in;
 * `environment/deleting`
 */
async function admit({ environments }: ConsoleDeps, request: FastifyRequest): Promise<Admin> {
  // The pattern of the prefix has these parameters.
  const { project, env } = request.params as { readonly project: string; readonly env: string };
  const tenant = parseTenant(`${project}/${env}`);
  const caller = tenant && callerOf(request.session.operator, tenant);
  const environment = tenant && caller && (await environments.find(tenant));
  if (caller === undefined || environment === undefined) {
    throw new StorageError('common/not-found', 'There is no such environment, or you have no right in it.');
  }
  if (environment.deletingSince !== undefined) throw beingDeleted(environment.tenant);
  return caller;
}

/** Routes of reading whose answer opens the bytes of files. */
const bytesRoute = /\/(?:download-urls?|image-url)$/;

/**
 * Refuses viewers the bytes of files; they see records and thumbnails.
 * @throws `auth/scope-insufficient`
 */
function refuseBytes({ role }: Operator, { routeOptions, body }: FastifyRequest): void {
  if (role !== 'viewer' || !bytesRoute.test(routeOptions.url ?? '')) return;
  const isThumbnail =
    routeOptions.url?.endsWith('/image-url') === true &&
    typeof body === 'object' &&
    body !== null &&
    'options' in body &&
    body.options === thumbnailOptions;
  if (isThumbnail) return;
  throw new StorageError(
    'auth/scope-insufficient',
    'Viewers see records and thumbnails, not the files themselves.',
  );
}
