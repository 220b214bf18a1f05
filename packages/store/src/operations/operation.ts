import type { Access, AccessDeps, Caller } from '../auth/authenticate.ts';
import type { DigestName, Digests } from '../checksums/digests.ts';
import type { RequestHeaders } from '../checksums/expected-digests.ts';
import type { Reply } from '../http/reply.ts';
import type { RequestTarget } from '../http/s3-target.ts';
import type { StoreDeps } from '../objects/store-deps.ts';

/** A request whose signature has been verified. */
export interface S3Request extends RequestHeaders {
  readonly method: string;
  readonly target: RequestTarget;
  readonly caller: Caller;
  readonly body: ContentBody;
  readonly requestId: string;
}

/** Content that a client sends, and what it announced about it. */
export interface ContentBody {
  /** Announced size of the content; undefined if none was announced. */
  readonly sizeBytes: number | undefined;
  /** The digests `verify` needs. */
  readonly digestNames: readonly DigestName[];
  /** Trailers, complete once the content has been read. Names in lower case. */
  readonly trailers: ReadonlyMap<string, string>;
  /** The content, free of any transfer coding. */
  read(): AsyncIterable<Buffer>;
  /** @throws S3Error `XAmzContentSHA256Mismatch` if this is not the body that was signed */
  verify(digests: Digests): void;
}

/** Parts of the store that operations use. */
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
  /** Name in the S3 documentation. */
  readonly name: string;
  readonly access: Access;
  run(deps: ProtocolDeps, request: R): Promise<Reply> | Reply;
}
