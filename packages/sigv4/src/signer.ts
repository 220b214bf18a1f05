import { formatAmzDate } from './amz-date.ts';
import { formatScope } from './credential-scope.ts';
import type { Credentials } from './credentials.ts';
import { type PresignInput, presign } from './presign.ts';
import { type SignInput, sign } from './sign.ts';
import type { SigningContext } from './signing-context.ts';
import { createSigningKeyCache } from './signing-key.ts';

export interface SignerOptions {
  readonly credentials: Credentials;
  readonly region: string;
  /** `s3` unless told. */
  readonly service?: string;
}

export interface Signer {
  /** Makes a URL that carries its own signature, for a body not known yet: {@link presign}. */
  readonly presign: (input: PresignInput) => string;
  /** Makes the headers that authenticate a request: {@link sign}. */
  readonly sign: (input: SignInput) => Record<string, string>;
}

/** Makes a signer that derives its key once a day. */
export function createSigner(options: SignerOptions): Signer {
  const { credentials } = options;
  const identity = { credentials, contextAt: createSigningContexts(options) };
  return {
    presign: (input) => presign(identity, input),
    sign: (input) => sign(identity, input),
  };
}

/** Gives the context of a moment, made anew when the second changes; a busy signer is asked often within one. */
function createSigningContexts({
  credentials,
  region,
  service = 's3',
}: SignerOptions): (at: Date) => SigningContext {
  const signingKeys = createSigningKeyCache(2); // around midnight, moments of both days may alternate
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
