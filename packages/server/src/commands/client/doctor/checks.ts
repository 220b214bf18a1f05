import { type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { type FetchOptions, fetchOverHttp } from '@bkend/storage/node-http';
import type { Login } from '../login-file.ts';

const maxSkewSeconds = 60;
const timeoutMs = 10_000;
const contentType = 'image/png';
/** Origin of another site than the API's. */
const origin = 'https://doctor.example';

/** An image of one pixel, for the images host. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** A presigned upload. */
interface Upload {
  readonly url: string;
  readonly key: string;
}

/** Checks that our API answers at this address and is ready. @returns its response, whose date is checked next */
export async function checkAddress(url: string): Promise<Response> {
  const elsewhere =
    'Is the service running, and is the address right? "bkend-storage login --url URL" sets another.';
  const health = await reach(`${url}/health/ready`, {}, elsewhere);
  if (health.status === 503) throw new Error(`It is not ready: ${await health.text()}`);
  // No other program refuses to list files because a key is missing.
  const { status } = await reach(`${url}/v1/files`, {}, elsewhere);
  if (health.ok && status === 401) return health;
  throw new Error(`Another program answers there (${status}). ${elsewhere}`);
}

/** @param health a response of the API, just received */
export async function checkClocks(health: Response): Promise<true> {
  const skewSeconds = Math.round((Date.parse(health.headers.get('Date') ?? '') - Date.now()) / 1000);
  if (Math.abs(skewSeconds) <= maxSkewSeconds) return true;
  const way = skewSeconds > 0 ? 'ahead of' : 'behind';
  throw new Error(
    `The API's clock is ${Math.abs(skewSeconds)} seconds ${way} this machine's: URLs and tokens expire early or late. Correct the wrong one, with NTP for example.`,
  );
}

/** Checks that the API accepts the key, and the token if there is one. */
export async function identify(storage: Storage): Promise<true> {
  await storage.listPage({ limit: 1 }).catch((error: unknown) => {
    throw error instanceof StorageError ? withRemedy(error) : error;
  });
  return true;
}

/** For an admin: a warning where the environment takes tokens as before the upgrade; else undefined. */
export async function findOpenTokens({ url, apiKey }: Login): Promise<string | undefined> {
  const answer = await reach(
    `${url}/v1/environment`,
    { headers: { 'X-API-Key': apiKey } },
    'It answered a moment ago.',
  );
  if (!answer.ok) return undefined;
  const environment: unknown = await answer.json();
  if (typeof environment !== 'object' || environment === null || !('openTokensUntil' in environment)) {
    return undefined;
  }
  return `Until ${environment.openTokensUntil} the API takes tokens as before the upgrade: without "exp", and of other environments. Issue tokens that name their environment, then run "bkend-storage environments close-tokens".`;
}

export function presignUpload(login: Login): Promise<Upload> {
  const description = { filename: 'doctor.png', contentType, fileSize: pixel.length };
  return post<Upload>(login, '/v1/files/presigned-url', {
    ...description,
    visibility: 'public',
    category: 'temp',
  });
}

/** Uploads as a page of another site does. */
export async function put({ url }: Upload): Promise<Response> {
  const headers = { Origin: origin, 'Content-Type': contentType };
  const answer = await reach(
    url,
    { method: 'PUT', headers, body: pixel },
    'The API presigns uploads to this address: set BKEND_OBJECTS_URL (or S3_ENDPOINT) to one that clients can reach.',
  );
  if (!answer.ok) throw new Error(`It refused (${answer.status}): ${await answer.text()}`);
  return answer;
}

/** Checks CORS as a browser does (Fetch Standard, section 3.3). @param answer response to an upload from another site */
export async function checkBrowserAccess({ url }: Upload, answer: Response): Promise<true> {
  const asked = {
    Origin: origin,
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'content-type',
  };
  const preflight = await reach(url, { method: 'OPTIONS', headers: asked }, 'It answered a moment ago.');
  const allowed = [preflight, answer].map((each) => each.headers.get('Access-Control-Allow-Origin'));
  if (!preflight.ok || allowed.some((each) => each !== '*' && each !== origin)) {
    throw new Error(
      'Pages of other sites may not. Give the bucket CORS rules with your sites as AllowedOrigins, PUT and GET as AllowedMethods, * as AllowedHeaders and ETag as ExposeHeaders; where it is allowed to, bkend-storage writes them itself from BKEND_CORS_ORIGINS and from corsOrigins of environments. (Where only some sites are allowed, this may be right: the check asks for https://doctor.example.)',
    );
  }
  const exposed = answer.headers
    .get('Access-Control-Expose-Headers')
    ?.toLowerCase()
    .split(/\s*,\s*/);
  if (exposed?.some((name) => name === 'etag' || name === '*')) return true;
  throw new Error('Large uploads fail: add ETag to the ExposeHeaders of the bucket’s CORS rules.');
}

export function register(login: Login, { key }: Upload): Promise<StoredFile> {
  const description = { s3Key: key, originalName: 'doctor.png', mimeType: contentType, size: pixel.length };
  return post<StoredFile>(login, '/v1/files', { ...description, visibility: 'public', category: 'temp' });
}

export async function checkBytes(storage: Storage, { id }: StoredFile): Promise<true> {
  const returned = Buffer.from(await (await storage.download(id)).arrayBuffer());
  if (returned.equals(pixel)) return true;
  throw new Error('The bytes have changed: does a proxy in between rewrite responses?');
}

export async function checkImages({ url }: StoredFile): Promise<true> {
  if (url === undefined) throw new Error('The file is public, and the API gives no image URL for it.');
  const answer = await reach(
    url,
    {},
    'The API gives clients this address for images: set BKEND_IMAGES_URL to one that clients can reach.',
  );
  if (answer.ok && answer.headers.get('Content-Type')?.startsWith('image/')) return true;
  throw new Error(`It answers ${answer.status} at ${url}: is it the images host?`);
}

/** Advice for each error code. */
const remedies: Readonly<Record<string, string>> = {
  'auth/invalid-api-key': 'Make one with "bkend-storage keys create", and log in with it.',
  'auth/api-key-revoked': 'Make another with "bkend-storage keys create", and log in with it.',
  'auth/api-key-expired': 'Make another with "bkend-storage keys create", and log in with it.',
  'auth/access-token-expired':
    'Get a new one where your users log in, or with "bkend-storage token --user NAME".',
  'auth/invalid-access-token':
    'Is it a token for this service? The JWT_… settings say which it takes; "bkend-storage token --user NAME" signs one.',
  'auth/scope-insufficient': 'Make a key with the scope: "bkend-storage keys create --scopes …".',
  'common/authentication-required':
    'A publishable key is for apps whose users log in: log in with --token too, or with a secret key.',
};

function withRemedy(error: StorageError): StorageError {
  const remedy = remedies[error.code];
  return remedy ? new StorageError(error.code, `${error.message} ${remedy}`, { cause: error }) : error;
}

async function post<Answer>(login: Login, path: string, body: object): Promise<Answer> {
  const { url, apiKey, accessToken } = login;
  const headers = {
    'Content-Type': 'application/json',
    'X-API-Key': apiKey,
    ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
  };
  const answer = await reach(
    url + path,
    { method: 'POST', headers, body: JSON.stringify(body) },
    'It answered a moment ago.',
  );
  // The contract defines the response of each path, and the shape of errors.
  if (answer.ok) return (await answer.json()) as Answer;
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  const { code, message } = error;
  throw withRemedy(new StorageError(code, message, { status: answer.status }));
}

/** @param hint advice for when there is no response */
async function reach(url: string, request: FetchOptions, hint: string): Promise<Response> {
  try {
    return await fetchOverHttp(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    // For a name with several addresses it is an AggregateError, which has no message.
    const { message, code } = error as NodeJS.ErrnoException;
    const why = message || code;
    throw new Error(`Nothing answers at ${new URL(url).origin} (${why}). ${hint}`, { cause: error });
  }
}
