import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { FilesDeps } from '../files/deps.ts';
import type { ClientAddress } from '../http/client-address.ts';
import type { Intercept } from '../http/create-host.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import type { Credentials } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import type { ProjectsDeps } from '../projects/change-environment.ts';

/** The API while it is put together: what routes and hooks are added to. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

import type { CrossOriginDeps } from './cross-origin.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Guests are refused before the body is read. */
    requires?: 'user';
    /** Statuses of refusals beside those that every route has; for the description. */
    refusals?: readonly number[];
    /** Takes requests without a key, which are counted by address. */
    takesNoKey?: true;
  }

  interface FastifyRequest {
    /** Who is asking; set before any handler of `/v1` runs. */
    caller: Caller;
    /** What the caller is counted under: what it proved to be, or its address; set with `caller`. */
    callerName: string;
    /** What was refused, for the log. */
    refusal?: unknown;
  }
}

/** The log entry of an answered request: nothing secret, and no query string. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, `/v1/files/:fileId`. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly caller?: Caller;
  readonly error?: unknown;
}

export interface ApiDeps {
  readonly files: FilesDeps;
  readonly projects: ProjectsDeps;
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  /** Of requests, by caller. */
  readonly limit: RateLimit;
  readonly clientAddress: ClientAddress;
  /** Which pages browsers may call from. */
  readonly crossOrigin: CrossOriginDeps;
  /** Where clients find this API; for its own description. */
  readonly publicUrl: string;
  readonly newRequestId: () => string;
  /** Answers health, asked before everything else; false when a request is none of its own. */
  readonly health: Intercept;
  /** Connections at once. */
  readonly maxConnections: number;
  readonly onAnswered: (request: AnsweredRequest) => void;
}
