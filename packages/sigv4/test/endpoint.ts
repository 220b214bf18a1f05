/** One endpoint, one access key and one moment for all tests that verify. */
import {
  createSigner,
  type PresignInput,
  type ReceivedRequest,
  SignatureError,
  type SignInput,
  type VerifiedRequest,
  type VerifyOptions,
  verifyRequest,
} from '../src/index.ts';

export const accessKeyId = 'AKIDEXAMPLE';
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const region = 'eu-central-1';
export const endpoint = 'http://127.0.0.1:4501';
export const at = new Date('2026-03-01T12:00:00Z');
export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const signer = createSigner({ credentials: { accessKeyId, secretAccessKey }, region });
export const options: VerifyOptions = {
  region,
  now: at,
  findSecret: (id) => (id === accessKeyId ? secretAccessKey : undefined),
};

const get = { method: 'GET', endpoint, path: '/b/k', at };

/** A URL for `GET /b/k`, valid for 15 minutes, but for what is changed. */
export function presign(change: Partial<PresignInput> = {}): string {
  return signer.presign({ ...get, expiresInSeconds: 900, ...change });
}

/** The headers for `GET /b/k` without a body, but for what is changed. */
export function sign(change: Partial<SignInput> = {}): Record<string, string> {
  return signer.sign({ ...get, payloadHash: emptySha256, ...change });
}

/** The request as Node's HTTP server hands it over; the `host` is that of the URL, unless it is among `headers`. */
export function received(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): ReceivedRequest {
  const [, host = '', rawUrl = ''] = /^https?:\/\/([^/]+)(\/.*)$/s.exec(url) ?? [];
  return { method, rawUrl, rawHeaders: Object.entries({ host, ...headers }).flat() };
}

export function verify(request: ReceivedRequest, change: Partial<VerifyOptions> = {}): VerifiedRequest {
  return verifyRequest(request, { ...options, ...change });
}

/** Verifies what must not be accepted, and returns why it was not. */
export function refusal(request: ReceivedRequest, change: Partial<VerifyOptions> = {}): SignatureError {
  try {
    verify(request, change);
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error('the request was accepted');
}

export function secondsLater(seconds: number): { readonly now: Date } {
  return { now: new Date(at.getTime() + seconds * 1000) };
}
