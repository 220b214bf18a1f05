import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ClientAddress, RateLimit } from '@bkend/http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { AuditLog, Session } from '../identity/operators/ports.ts';
import type { SessionsDeps } from '../identity/operators/sign-in.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Environment } from '../projects/environment.ts';
import type { StaticFiles } from './static-files.ts';

/** The Fastify instance of the console's host. */
export type ConsoleApp = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of an operator; set before the handlers that need one run. */
    session: Session;
    /** The entry of the audit log that was written for this request. */
    auditId?: number;
  }
}

export interface ConsoleDeps {
  /** URL by which browsers reach the console; requests under another name are refused. */
  readonly publicUrl: string;
  readonly staticFiles: StaticFiles;
  /** URL of the images host, for addresses of public files. */
  readonly imagesUrl: string;
  /** Origins that pages of the console load images from, and send files to. */
  readonly byteOrigins: readonly string[];
  readonly sessions: SessionsDeps;
  readonly audit: AuditLog;
  readonly onAuditFailure: (error: unknown) => void;
  readonly environments: {
    list(): Promise<readonly Pick<Environment, 'tenant' | 'deletingSince'>[]>;
    find(tenant: Tenant): Promise<Environment | undefined>;
  };
  /** Adds the routes of the API below `/v1`. */
  readonly addApiRoutes: (app: ConsoleApp) => void;
  /** Rate limit of requests, by operator. */
  readonly limit: RateLimit;
  /** Rate limit of passwords and links, by address. */
  readonly signInLimit: RateLimit;
  readonly clientAddress: ClientAddress;
  readonly clock: () => Date;
}
