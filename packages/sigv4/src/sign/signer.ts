import { createSigningKeyCache, formatScope, type SigningContext } from '../signing-key.ts';
import { formatAmzDate } from '../signing-time.ts';
import {
  type Credentials,
  type PresignInput,
  presign,
  type SignInput,
  type SigningIdentity,
  sign,
} from './sign.ts';

export interface SignerOptions {
  readonly credentials: Credentials;
  /** Region of the endpoint, such as `us-east-1`. */
  readonly region: string;
  /** Default `s3`. */
  readonly service?: string;
}

export interface Signer {
  /** Creates a presigned URL: see {@link presign}. */
  readonly presign: (input: PresignInput) => string;
  /** Creates the headers that authenticate a request: see {@link sign}. */
  readonly sign: (input: SignInput) => Record<string, string>;
}

/**
 * Creates a signer that derives its signing key once a day.
 *
 * @example
 * const signer = createSigner({ credentials: { accessKeyId, secretAccessKey }, region: 'us-east-1' });
 * signer.presign({
 *   method: 'PUT',
 *   endpoint: 'https://s3.example.com',
 *   path: '/bucket/photo.jpg',
 *   headers: { 'content-type': 'image/jpeg' },
 *   expiresInSeconds: 900,
 *   at: new Date(),
 * });
 */
export function createSigner(options: SignerOptions): Signer {
  const { credentials } = options;
  const identity: SigningIdentity = { credentials, contextAt: createSigningContexts(options) };
  return {
    presign: (input) => presign(identity, input),
    sign: (input) => sign(identity, input),
  };
}

/** Returns the context of an instant, rebuilt when the second changes: a busy signer signs often within one second. */
function createSigningContexts({
  credentials,
  region,
  service = 's3',
}: SignerOptions): (at: Date) => SigningContext {
  const signingKeys = createSigningKeyCache(2); // around midnight, instants of both days may alternate
  let latestSecond: number | undefined;
  let latest: SigningContext | undefined;
  return (at) => {
    const second = Math.floor(at.getTime() / 1000);
    if (latest !== undefined && second === latestSecond) return latest;
    const timestamp = formatAmzDate(at);
    const scope = { date: timestamp.slice(0, 8), region, service };
    const signingKey = signingKeys(credentials.secretAccessKey, scope);
    latest = { signingKey, timestamp, scope: formatScope(scope) };
    latestSecond = second;
    return latest;
  };
}
