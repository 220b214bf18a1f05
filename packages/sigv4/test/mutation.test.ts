/** A signed request is accepted, and refused after a change to any signed element: of random requests, each in turn. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createSigner,
  type ReceivedRequest,
  SignatureError,
  type VerifyOptions,
  verifyRequest,
} from '../src/index.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const region = 'eu-central-1';
const endpoint = 'http://127.0.0.1:4501';
const signer = createSigner({ credentials, region });

const options = (now: Date): VerifyOptions => ({
  region,
  now,
  // Every access key exists, each with a secret of its own: in a header it is only the secret that binds the key.
  findSecret: (id) => (id === credentials.accessKeyId ? credentials.secretAccessKey : `secret of ${id}`),
});

type Pair = readonly [name: string, value: string];

/** A request in parts, each still as it stands on the wire. */
interface Parts {
  readonly method: string;
  readonly path: string;
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
}

/** A change to one signed element, with its name for the report of a change that went unnoticed. */
interface Mutation {
  readonly name: string;
  readonly parts: Parts;
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const headerValue = fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/);
const request = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'HEAD', 'DELETE', 'POST'),
  path: fc
    .array(fc.oneof(text, fc.constantFrom('..', '.', '', '%2F', 'a b', '한글')))
    .map((parts) => `/${parts.join('/')}`),
  query: fc.dictionary(fc.oneof(fc.constantFrom('prefix', 'uploadId', 'uploads', 'a-b', 'a'), text), text, {
    maxKeys: 4,
  }),
  headers: fc.dictionary(
    fc.constantFrom('content-type', 'content-length', 'x-amz-meta-name', 'x-amz-acl', 'cache-control'),
    headerValue,
    { maxKeys: 4 },
  ),
  at: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
});
/** Where in an element to make the change, from its first character (0) to its last (almost 1). */
const offsets = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a presigned URL', () => {
  const presigned = request.chain((input) =>
    fc.integer({ min: 1, max: 604_800 }).map((expiresInSeconds) => {
      const query = withoutReservedNames(input.query);
      const url = signer.presign({ ...input, query, endpoint, expiresInSeconds });
      const parts = split(input.method, url, { host: '127.0.0.1:4501', ...input.headers });
      return { parts, now: input.at };
    }),
  );

  test('is accepted as it is', () => {
    fc.assert(
      fc.property(presigned, ({ parts, now }) => {
        expect(verifyRequest(join(parts), options(now))).toMatchObject({
          kind: 'query',
          accessKeyId: credentials.accessKeyId,
          payloadHash: 'UNSIGNED-PAYLOAD',
        });
      }),
    );
  });

  test('is refused after any change', () => {
    fc.assert(
      fc.property(presigned, offsets, ({ parts, now }, offset) => {
        const mutations = [
          ...mutationsOfRequest(parts, offset),
          ...mutationsOfQueryCredential(parts, offset),
        ];
        expect(unnoticed(mutations, now)).toEqual([]);
      }),
    );
  });
});

describe('a request signed in its header', () => {
  const signed = request.chain((input) =>
    fc
      .constantFrom('UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'f'.repeat(64))
      .map((payloadHash) => {
        const query = withoutReservedNames(input.query);
        const headers = signer.sign({ ...input, query, endpoint, payloadHash });
        // The URL is written by the other half of the signer; its own parameters are taken off again.
        const url = signer.presign({ ...input, headers: {}, query, endpoint, expiresInSeconds: 1 });
        const { path, query: all } = split(input.method, url, {});
        const parts: Parts = {
          method: input.method,
          path,
          query: all.filter(([name]) => !name.startsWith('X-Amz-')),
          headers: Object.entries({ host: '127.0.0.1:4501', ...headers }),
        };
        return { parts, now: input.at, payloadHash };
      }),
  );

  test('is accepted as it is', () => {
    fc.assert(
      fc.property(signed, ({ parts, now, payloadHash }) => {
        expect(verifyRequest(join(parts), options(now))).toMatchObject({
          kind: 'header',
          accessKeyId: credentials.accessKeyId,
          payloadHash,
        });
      }),
    );
  });

  test('is refused after any change', () => {
    fc.assert(
      fc.property(signed, offsets, ({ parts, now }, offset) => {
        const mutations = [...mutationsOfRequest(parts, offset), ...mutationsOfAuthorization(parts, offset)];
        expect(unnoticed(mutations, now)).toEqual([]);
      }),
    );
  });
});

/** The names of the mutations that a verifier took for the original. */
function unnoticed(mutations: readonly Mutation[], now: Date): string[] {
  return mutations
    .filter(({ parts }) => {
      try {
        verifyRequest(join(parts), options(now));
        return true;
      } catch (error) {
        if (error instanceof SignatureError && [400, 403].includes(error.status)) return false;
        throw error;
      }
    })
    .map(({ name, parts }) => `${name}: ${JSON.stringify(parts)}`);
}

function* mutationsOfRequest(parts: Parts, offset: number): Generator<Mutation> {
  const otherMethod = parts.method === 'GET' ? 'HEAD' : 'GET';
  yield { name: 'method', parts: { ...parts, method: otherMethod } };

  for (const path of [
    `${parts.path}x`,
    `${parts.path}/`,
    `/x${parts.path}`,
    substitute(parts.path, offset),
  ]) {
    if (path.startsWith('/') && !means(path, parts.path)) yield { name: 'path', parts: { ...parts, path } };
  }

  yield { name: 'a parameter more', parts: { ...parts, query: [...parts.query, ['versionId', '1']] } };
  for (const [index, [name, value]] of parts.query.entries()) {
    const without = parts.query.filter((_, i) => i !== index);
    yield { name: `no ${name}`, parts: { ...parts, query: without } };
    yield { name: `${name} twice`, parts: { ...parts, query: [...parts.query, [name, value]] } };
    yield {
      name: `renamed ${name}`,
      parts: { ...parts, query: parts.query.with(index, [`${name}x`, value]) },
    };
    for (const changed of [`${value}x`, substitute(value, offset)]) {
      if (means(changed, value)) continue;
      yield {
        name: `value of ${name}`,
        parts: { ...parts, query: parts.query.with(index, [name, changed]) },
      };
    }
  }

  yield* mutationsOfHeaders(parts, offset);
}

function* mutationsOfHeaders(parts: Parts, offset: number): Generator<Mutation> {
  yield {
    name: 'an unsigned x-amz-* header',
    parts: { ...parts, headers: [...parts.headers, ['X-Amz-Copy-Source', '/b/k']] },
  };
  for (const [index, [name, value]] of parts.headers.entries()) {
    if (name === 'authorization') continue; // taken apart by mutationsOfAuthorization
    const without = parts.headers.filter((_, i) => i !== index);
    yield { name: `no ${name}`, parts: { ...parts, headers: without } };
    yield { name: `${name} twice`, parts: { ...parts, headers: [...parts.headers, [name, value]] } };
    for (const changed of [`${value}x`, substitute(value, offset)]) {
      // Blanks around a value and their number inside it carry no meaning (RFC 9110 §5.5).
      if (changed.trim().replace(/ +/g, ' ') === value.replace(/ +/g, ' ')) continue;
      yield {
        name: `value of ${name}`,
        parts: { ...parts, headers: parts.headers.with(index, [name, changed]) },
      };
    }
  }
}

function* mutationsOfQueryCredential(parts: Parts, offset: number): Generator<Mutation> {
  const index = parts.query.findIndex(([name]) => name === 'X-Amz-Credential');
  const credential = parts.query[index]?.[1] ?? '';
  for (const changed of mutationsOfScope(credential, '%2F', offset)) {
    const query = parts.query.with(index, ['X-Amz-Credential', changed]);
    yield { name: 'credential', parts: { ...parts, query } };
  }
}

function* mutationsOfAuthorization(parts: Parts, offset: number): Generator<Mutation> {
  const index = parts.headers.findIndex(([name]) => name === 'authorization');
  const [scheme = '', credential = '', signedHeaders = '', signature = ''] = (
    parts.headers[index]?.[1] ?? ''
  ).split(/[ ,]+/);
  const replaced = (name: string, ...components: string[]): Mutation => {
    const value = `${scheme} ${components.join(', ')}`;
    return { name, parts: { ...parts, headers: parts.headers.with(index, ['authorization', value]) } };
  };
  for (const changed of mutationsOfScope(credential, '/', offset)) {
    yield replaced('credential', changed, signedHeaders, signature);
  }
  for (const name of signedHeaders.replace('SignedHeaders=', '').split(';')) {
    const without = signedHeaders.replace(name, '').replace(';;', ';').replace('=;', '=').replace(/;$/, '');
    yield replaced(`${name} not signed`, credential, without, signature);
  }
  yield replaced('a header more signed', credential, `${signedHeaders};x-amz-tagging`, signature);
  const hex = signature.replace('Signature=', '');
  yield replaced('signature', credential, signedHeaders, `Signature=${substitute(hex, offset)}`);
  yield replaced('shorter signature', credential, signedHeaders, `Signature=${hex.slice(1)}`);
  yield replaced('no signature', credential, signedHeaders, 'Signature=');
}

/** Each of the five elements changed, and the whole one short and one long. */
function mutationsOfScope(credential: string, separator: string, offset: number): string[] {
  const elements = credential.split(separator);
  return [
    ...elements.map((element, i) => elements.with(i, `${element}x`).join(separator)),
    ...elements
      .slice(1)
      .map((element, i) => elements.with(i + 1, substitute(element, offset)).join(separator)),
    elements.slice(1).join(separator),
    [...elements, 'aws4_request'].join(separator),
  ];
}

/** Replaces the character at a relative position, 0 to 1. */
function substitute(value: string, offset: number): string {
  const index = Math.floor(offset * value.length);
  const char = value[index];
  if (char === undefined) return `${value}0`;
  return `${value.slice(0, index)}${char === '7' ? '8' : '7'}${value.slice(index + 1)}`;
}

/** Whether two encoded texts stand for the same one; bad encodings stand for nothing. */
function means(a: string, b: string): boolean {
  try {
    return decodeURIComponent(a) === decodeURIComponent(b);
  } catch {
    return false;
  }
}

function withoutReservedNames(query: Record<string, string>): Record<string, string> {
  // These would be another way to sign, which is another test's business.
  return Object.fromEntries(
    Object.entries(query).filter(([name]) => !/^(x-amz-|signature$|awsaccess)/i.test(name)),
  );
}

function split(method: string, url: string, headers: Record<string, string>): Parts {
  const [path = '', query = ''] = url.slice(endpoint.length).split('?');
  return {
    method,
    path,
    query: query.split('&').map((part): Pair => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
    headers: Object.entries(headers),
  };
}

function join({ method, path, query, headers }: Parts): ReceivedRequest {
  const rawQuery = query.map(([name, value]) => `${name}=${value}`).join('&');
  return { method, rawUrl: rawQuery === '' ? path : `${path}?${rawQuery}`, rawHeaders: headers.flat() };
}
