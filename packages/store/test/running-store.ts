import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { createSigner, encodePathS3, encodeUriComponentS3 } from '@bkend/sigv4';
import { createStoreServer, type StoreServerOptions } from '../src/create-store-server.ts';
import { openStore, type StoreOptions } from '../src/open-store.ts';

export const region = 'us-east-1';
export const credentials = { accessKeyId: 'AKIDSERVICE', secretAccessKey: 'service-secret' };

export interface RawRequest {
  readonly method?: string;
  /** Not encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Instead of the body's own. */
  readonly payloadHash?: string;
  readonly signWith?: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** S3's code, of an error. */
  readonly code: string | undefined;
}

/** A store on a free port, in this process. */
export interface RunningStore {
  readonly endpoint: string;
  readonly dataDir: string;
  readonly client: S3Client;
  /** Sends a request as it is, signed in its headers. */
  send(request: RawRequest): Promise<RawResponse>;
  /** A signed URL. */
  presign(input: {
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly expiresInSeconds?: number;
  }): string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startStore(
  options: Partial<StoreOptions> & StoreServerOptions = {},
): Promise<RunningStore> {
  const ownDirectory = options.directory === undefined;
  const dataDir = options.directory ?? (await mkdtemp(join(tmpdir(), 'bkend-store-')));
  const store = await openStore({ directory: dataDir, region, credentials, buckets: ['bucket'], ...options });
  const { server } = createStoreServer(store, options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has this kind of address.
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const clock = options.clock ?? (() => new Date());
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });

  return {
    endpoint,
    dataDir,
    client,
    send: (request) => sendSigned(endpoint, clock(), request),
    presign: ({ expiresInSeconds = 900, ...input }) =>
      createSigner({ credentials, region }).presign({ ...input, endpoint, expiresInSeconds, at: clock() }),
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store[Symbol.asyncDispose]();
      if (ownDirectory) await rm(dataDir, { recursive: true });
    },
  };
}

/** Sends a request as it is, signed in its headers. */
export async function sendSigned(endpoint: string, at: Date, input: RawRequest): Promise<RawResponse> {
  const { method = 'GET', path, query = {}, signWith = credentials } = input;
  const body = Buffer.from(input.body ?? '');
  const payloadHash = input.payloadHash ?? createHash('sha256').update(body).digest('hex');
  const headers =
    signWith === null
      ? input.headers
      : createSigner({ credentials: signWith, region }).sign({
          method,
          endpoint,
          path,
          query,
          headers: input.headers ?? {},
          payloadHash,
          at,
        });
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeUriComponentS3(name)}=${encodeUriComponentS3(value)}`,
  );
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return await sendRaw(endpoint, {
    method,
    target: encodePathS3(path) + search,
    headers: headers ?? {},
    body,
  });
}

/** Sends exactly this, with the request target as it is. */
export async function sendRaw(
  endpoint: string,
  input: {
    readonly method: string;
    readonly target: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
  },
): Promise<RawResponse> {
  const { hostname, port } = new URL(endpoint);
  return await new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method: input.method, path: input.target, headers: input.headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks);
          const text = body.toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            text,
            code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
          });
        });
      },
    );
    request.on('error', reject);
    request.end(input.body);
  });
}
