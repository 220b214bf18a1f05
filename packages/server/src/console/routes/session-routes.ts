import { invalidParameters } from '@bkend/storage-contract';
import {
  NothingAnswer,
  PasswordRequest,
  SessionAnswer,
  SetupCheckAnswer,
  SetupCheckRequest,
  SetupRequest,
  SignInRequest,
} from '@bkend/storage-contract/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operator } from '../../identity/operators/operator.ts';
import type { VerifiedOperator } from '../../identity/operators/ports.ts';
import { readCode, redeemCode } from '../../identity/operators/set-up-operator.ts';
import {
  changePassword,
  endSession,
  requireOperator,
  requireSession,
  startSession,
} from '../../identity/operators/sign-in.ts';
import { beginEntry } from '../audit.ts';
import type { ConsoleApp, ConsoleDeps } from '../console-app.ts';
import { createSessionCookie } from '../session-cookie.ts';

const hidden = { hide: true } as const;

/** One-time links, signing in and out, and the operator's own password. */
export function sessionRoutes(app: ConsoleApp, deps: ConsoleDeps): void {
  const { sessions, signInLimit, clientAddress, imagesUrl } = deps;
  const cookie = createSessionCookie(deps.publicUrl);
  const isConfidential = isConfidentialUrl(deps.publicUrl);

  /** Counts a try at a password or a link. */
  const countTry = (request: FastifyRequest) => signInLimit.require(clientAddress(request.raw));

  const requireConfidential = () => {
    if (isConfidential) return;
    const message =
      'must be https, or a loopback address: passwords would cross the network unencrypted. Put a TLS proxy in front and set BKEND_CONSOLE_URL, or use an SSH tunnel';
    throw invalidParameters([{ field: 'BKEND_CONSOLE_URL', message }]);
  };

  const view = ({ id, name, role }: Operator): SessionAnswer => ({ operator: { id, name, role }, imagesUrl });

  const signIn = async (request: FastifyRequest, reply: FastifyReply, verified: VerifiedOperator) => {
    const browser = request.headers['user-agent'] ?? '';
    const id = await startSession(sessions, verified, { address: clientAddress(request.raw), browser });
    cookie.write(reply, id);
    return view(verified.operator);
  };

  app.post(
    '/setup/check',
    { schema: { ...hidden, body: SetupCheckRequest, response: { 200: SetupCheckAnswer } } },
    async (request) => {
      countTry(request);
      const code = await readCode(sessions, request.body.code);
      if (code.purpose === 'create') return { purpose: code.purpose, role: code.role };
      const { role, name } = code.operator;
      return { purpose: code.purpose, role, name };
    },
  );

  app.post(
    '/setup',
    { schema: { ...hidden, body: SetupRequest, response: { 200: SessionAnswer } } },
    async (request, reply) => {
      requireConfidential();
      countTry(request);
      const verified = await redeemCode(sessions, request.body);
      await beginEntry(deps, request, verified);
      return signIn(request, reply, verified);
    },
  );

  app.post(
    '/session',
    { schema: { ...hidden, body: SignInRequest, response: { 200: SessionAnswer } } },
    async (request, reply) => {
      requireConfidential();
      countTry(request);
      const verified = await requireOperator(sessions, request.body);
      await beginEntry(deps, request, verified);
      return signIn(request, reply, verified);
    },
  );

  app.get('/session', { schema: { ...hidden, response: { 200: SessionAnswer } } }, async (request) => {
    const { operator } = await requireSession(sessions, cookie.read(request.headers.cookie));
    return view(operator);
  });

  app.delete(
    '/session',
    { schema: { ...hidden, response: { 200: NothingAnswer } } },
    async (request, reply) => {
      await endSession(sessions, cookie.read(request.headers.cookie));
      cookie.clear(reply);
      return {};
    },
  );

  app.post(
    '/session/password',
    { schema: { ...hidden, body: PasswordRequest, response: { 200: SessionAnswer } } },
    async (request, reply) => {
      requireConfidential();
      countTry(request);
      const { operator } = await requireSession(sessions, cookie.read(request.headers.cookie));
      await beginEntry(deps, request, { operator });
      return signIn(request, reply, await changePassword(sessions, operator, request.body));
    },
  );
}

/** Whether passwords that are sent to this address stay unread on their way. */
function isConfidentialUrl(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return (
    protocol === 'https:' ||
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}
