import type { AccessDeps } from '../auth/authenticate.ts';
import type { Access } from '../auth/caller.ts';
import type { StoreDeps } from '../objects/deps.ts';
import type { Reply } from './reply.ts';
import type { RequestTarget, S3Request } from './s3-request.ts';

/** What operations know of the store's surroundings. */
export interface ProtocolDeps {
  readonly store: StoreDeps;
  readonly region: string;
  readonly access: AccessDeps;
}

export type BucketRequest = S3Request & { readonly target: RequestTarget & { readonly bucket: string } };
export type ObjectRequest = S3Request & {
  readonly target: RequestTarget & { readonly bucket: string; readonly key: string };
};

/** One operation of the S3 API. */
export interface Operation<R extends S3Request = S3Request> {
  /** As the S3 documentation calls it. */
  readonly name: string;
  readonly access: Access;
  run(deps: ProtocolDeps, request: R): Promise<Reply> | Reply;
}
