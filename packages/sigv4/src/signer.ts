import { formatAmzDate } from './amz-date.ts';
import { formatScope } from './credential-scope.ts';
import { type PresignInput, presign } from './presign.ts';
import { type SignInput, sign } from './sign.ts';
import type { SigningIdentity } from './signing-identity.ts';
import { createSigningKeyCache } from './signing-key.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignerOptions {
  readonly credentials: Credentials;
  readonly region: string;
  /** `s3` unless told. */
  readonly service?: string;
}

export interface Signer {
  /** Makes a URL that carries its own signature, for a body not known yet (`UNSIGNED-PAYLOAD`). */
  readonly presign: (input: PresignInput) => string;
  /** Signs in an `Authorization` header; returns the headers to send, `host` excepted. */
  readonly sign: (input: SignInput) => Record<string, string>;
}

/** Makes a signer that derives its key once a day. */
export function createSigner(options: SignerOptions): Signer {
  const { credentials, region, service = 's3' } = options;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signingKeys = createSigningKeyCache(2); // around midnight, calls for both days may alternate
  const identity: SigningIdentity = {
    accessKeyId,
    sessionToken,
    contextAt: (at) => {
      const timestamp = formatAmzDate(at);
      const scope = { date: timestamp.slice(0, 8), region, service };
      return { timestamp, scope: formatScope(scope), signingKey: signingKeys(secretAccessKey, scope) };
    },
  };
  return {
    presign: (input) => presign(identity, input),
    sign: (input) => sign(identity, input),
  };
}
