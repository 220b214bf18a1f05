import { InvalidSetting } from './setting.ts';

/** The setting `tokens`: how an environment verifies access tokens itself. */
export type TokenSettings = {
  /** The required `iss`. */
  readonly issuer?: string;
  /** The required `aud`, or one of several. */
  readonly audience?: string;
} & (
  | {
      /** The secret of HS256. */
      readonly secret: string;
      /** Accepted as well while clients move to a new secret. */
      readonly previousSecret?: string;
    }
  | { readonly jwksUrl: string }
);

/** A key is at least as long as the hash (RFC 7518, section 3.2). */
const minSecretBytes = 32;
const maxTextLength = 4_096;
const names = ['secret', 'previousSecret', 'jwksUrl', 'issuer', 'audience'] as const;
type Name = (typeof names)[number];

/** Replaces a secret in answers; too short to be accepted as one. */
const mask = '********';

/** @throws InvalidSetting with every problem */
export function parseTokenSettings(input: unknown): TokenSettings {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidSetting('must be an object with "secret", or with "jwksUrl"');
  }
  const fields = new Map<string, unknown>(Object.entries(input));
  const problems = [...problemsOf(fields)];
  if (problems.length > 0) throw new InvalidSetting(...problems);
  const text = (name: Name) => {
    const value = fields.get(name);
    return typeof value === 'string' ? { [name]: value } : {};
  };
  const jwksUrl = fields.get('jwksUrl');
  return typeof jwksUrl === 'string'
    ? { jwksUrl: new URL(jwksUrl).href, ...text('issuer'), ...text('audience') }
    : {
        secret: String(fields.get('secret')),
        ...text('previousSecret'),
        ...text('issuer'),
        ...text('audience'),
      };
}

/** The setting with its secrets masked. */
export function showTokenSettings(tokens: TokenSettings): TokenSettings {
  if ('jwksUrl' in tokens) return tokens;
  return {
    ...tokens,
    secret: mask,
    ...(tokens.previousSecret !== undefined && { previousSecret: mask }),
  };
}

function* problemsOf(fields: ReadonlyMap<string, unknown>): Generator<string> {
  for (const [name, value] of fields) {
    if (!names.some((known) => known === name)) {
      yield `knows no field "${name.slice(0, 64)}": it has ${names.join(', ')}`;
    } else if (typeof value !== 'string' || value === '' || value.length > maxTextLength) {
      yield `"${name}" must be a text of 1 to ${maxTextLength} characters`;
    }
  }
  if (fields.has('secret') === fields.has('jwksUrl')) {
    yield 'must have "secret" or "jwksUrl", one of the two';
  }
  if (fields.has('jwksUrl') && fields.has('previousSecret')) {
    yield '"previousSecret" belongs beside "secret"; keys behind a URL are rotated by their issuer';
  }
  for (const name of ['secret', 'previousSecret']) {
    const value = fields.get(name);
    if (typeof value === 'string' && value !== '' && Buffer.byteLength(value) < minSecretBytes) {
      yield `"${name}" has ${Buffer.byteLength(value)} bytes; HS256 needs at least ${minSecretBytes}`;
    }
  }
  const url = fields.get('jwksUrl');
  if (typeof url === 'string' && url !== '' && !isWebUrl(url)) {
    yield '"jwksUrl" must be a URL that begins with http:// or https://, without user, password and hash';
  }
}

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}
