import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ClientAddress, Intercept, RateLimit } from '@bkend/http';
import type { ErrorCode, Origins } from '@bkend/storage-contract';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { WebhooksDeps } from '../events/webhooks/manage-webhooks.ts';
import type { Credentials } from '../identity/authenticate.ts';
import type { Caller, Operation } from '../identity/caller.ts';
import type { ImageLinksDeps } from '../image-links/signed-image-url.ts';
import type { AnsweredRequest } from '../observability/request-log.ts';
import type { ProjectsDeps } from '../projects/change-environment.ts';
import type { FindSettings } from '../projects/ports.ts';
import type { UploadsDeps } from '../uploads/deps.ts';
import type { EventRoutesDeps } from './event-streams.ts';

/** The Fastify instance that routes and hooks are added to. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Callers that the endpoint is for; guests are refused before the body is read where it is for users. */
    access?: RouteAccess;
    /** The operation that a key's scopes must include; checked before the body is read, too. */
    scope?: Operation;
    /** Error codes of the endpoint, besides those that every endpoint has; for the description. */
    errors?: readonly ErrorCode[];
    /** Accepts requests without a key, which are counted by address. */
    takesNoKey?: true;
  }

  interface FastifyRequest {
    /** The authenticated caller; set before any handler of `/v1` runs. */
    caller: Caller;
    /** Name under which the caller's requests are counted: its user or key, or a guest's address; set with `caller`. */
    callerName: string;
    /** Finds the caller again, for answers that last: fails once its key, token or session has ended. Set with `caller`. */
    authenticateAgain: () => Promise<Caller>;
    /** The error that was answered, for the log. */
    refusal?: unknown;
  }
}

export interface CrossOriginDeps {
  /** Origins of environments that set none of their own. */
  readonly corsOrigins: Origins;
  /** Returns all origins that environments allow by settings of their own; `*` among them where one allows all. */
  readonly findOrigins: () => Promise<ReadonlySet<string>>;
  readonly findSettings: FindSettings;
}

/** A message of the Model Context Protocol, and what its tools call: the API itself, as the caller of the message. */
interface McpExchange {
  readonly request: Request;
  readonly message: object;
  readonly api: {
    call(request: {
      readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
      readonly url: string;
      readonly json?: unknown;
    }): Promise<{ readonly status: number; readonly json: unknown }>;
    mayCall(operation: { readonly method: string; readonly route: string }): boolean;
  };
}

export interface ApiDeps {
  readonly files: UploadsDeps & ImageLinksDeps;
  readonly projects: ProjectsDeps;
  readonly events: EventRoutesDeps;
  readonly webhooks: WebhooksDeps;
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  /** Rate limit of requests, by caller. */
  readonly limit: RateLimit;
  readonly clientAddress: ClientAddress;
  /** Origins whose pages browsers let read answers. */
  readonly crossOrigin: CrossOriginDeps;
  /** URL by which clients reach the API; for its description. */
  readonly publicUrl: string;
  readonly newRequestId: () => string;
  /** Answers health, before everything else; false for a request of another path. */
  readonly health: Intercept;
  /** Open connections. */
  readonly maxConnections: number;
  /** Answers messages of the Model Context Protocol. */
  readonly answerMcp: (exchange: McpExchange) => Promise<Response>;
  readonly onAnswered: (request: AnsweredRequest) => void;
}

/**
 * The kinds of endpoints by who may call them. The verbs hold the rule itself; here stands what is checked before a body is read,
 * and the sentence for `docs/http-api.md`.
 */
export const routeAccess = {
  everyone: { isForUsers: false, callers: 'Every caller; the list has only files that the caller may read.' },
  readers: { isForUsers: false, callers: 'Callers who may read the file.' },
  users: { isForUsers: true, callers: 'Users and admins.' },
  owners: { isForUsers: true, callers: 'The owner of the file, and admins.' },
  oneself: { isForUsers: true, callers: 'The user, and admins.' },
  uploaders: { isForUsers: true, callers: 'The owner of the upload, and admins.' },
  admins: { isForUsers: true, callers: 'Admins.' },
  environmentAdmins: {
    isForUsers: true,
    callers: 'Admins. An API key with scopes needs `*:*` (to read: `*:read`).',
  },
} as const;

type RouteAccess = keyof typeof routeAccess;
