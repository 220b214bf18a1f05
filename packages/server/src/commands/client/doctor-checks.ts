import { type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { type FetchOptions, fetchOverHttp } from '@bkend/storage/node-http';
import type { Login } from './login-file.ts';

const maxSkewSeconds = 60;
const patienceMs = 10_000;
const contentType = 'image/png';
/** Any other site's. */
const origin = 'https://doctor.example';

/** One pixel, so that the image host has something to show. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Where a file is to be uploaded to. */
interface Place {
  readonly url: string;
  readonly key: string;
}

/** Our API, ready, at this address: what it says of its health. */
export async function checkAddress(url: string): Promise<Response> {
  const elsewhere =
    'Is the service running, and the address right? "bkend-storage login --url URL" sets another.';
  const health = await reach(`${url}/health/ready`, {}, elsewhere);
  if (health.status === 503) throw new Error(`It is not ready: ${await health.text()}`);
  // Nobody but the API refuses to list files for want of a key.
  const { status } = await reach(`${url}/v1/files`, {}, elsewhere);
  if (health.ok && status === 401) return health;
  throw new Error(`Something else answers there (${status}). ${elsewhere}`);
}

/** @param health an answer of the API, just come */
export async function checkClocks(health: Response): Promise<true> {
  const skewSeconds = Math.round((Date.parse(health.headers.get('Date') ?? '') - Date.now()) / 1000);
  if (Math.abs(skewSeconds) <= maxSkewSeconds) return true;
  const way = skewSeconds > 0 ? 'ahead of' : 'behind';
  throw new Error(
    `The API's clock is ${Math.abs(skewSeconds)} seconds ${way} this machine's: URLs and tokens die early or late. Set the wrong one right (with NTP, say).`,
  );
}

/** Shows that the API takes the key, and the token if there is one. */
export async function identify(storage: Storage): Promise<true> {
  await storage.listPage({ limit: 1 }).catch((error: unknown) => {
    throw error instanceof StorageError ? withRemedy(error) : error;
  });
  return true;
}

/** What an admin has to know of the tokens of the environment; undefined for others, and where there is nothing to know. */
export async function findOpenTokens({ url, apiKey }: Login): Promise<string | undefined> {
  const answer = await reach(`${url}/v1/environment`, { headers: { 'X-API-Key': apiKey } }, 'It did answer.');
  if (!answer.ok) return undefined;
  const environment: unknown = await answer.json();
  if (typeof environment !== 'object' || environment === null || !('openTokensUntil' in environment)) {
    return undefined;
  }
  return `Until ${environment.openTokensUntil} the API takes tokens as before the upgrade: without "exp", and of other environments. Have them name their environment, then run "bkend-storage environments close-tokens".`;
}

export function askForPlace(login: Login): Promise<Place> {
  const description = { filename: 'doctor.png', contentType, fileSize: pixel.length };
  return post<Place>(login, '/v1/files/presigned-url', {
    ...description,
    visibility: 'public',
    category: 'temp',
  });
}

/** Uploads as a page of another site would. */
export async function put({ url }: Place): Promise<Response> {
  const headers = { Origin: origin, 'Content-Type': contentType };
  const answer = await reach(
    url,
    { method: 'PUT', headers, body: pixel },
    'The API gives out this address for uploads: set BKEND_OBJECTS_URL (or S3_ENDPOINT) to one that clients can reach.',
  );
  if (!answer.ok) throw new Error(`It refused (${answer.status}): ${await answer.text()}`);
  return answer;
}

/** What a browser would look at (Fetch Standard, section 3.3). @param answer to an upload from a page of another site */
export async function checkBrowserAccess({ url }: Place, answer: Response): Promise<true> {
  const asked = {
    Origin: origin,
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'content-type',
  };
  const preflight = await reach(url, { method: 'OPTIONS', headers: asked }, 'It did answer a moment ago.');
  const allowed = [preflight, answer].map((each) => each.headers.get('Access-Control-Allow-Origin'));
  if (!preflight.ok || allowed.some((each) => each !== '*' && each !== origin)) {
    throw new Error(
      'Pages of other sites may not. Give the bucket CORS rules with your sites as AllowedOrigins, PUT and GET as AllowedMethods, * as AllowedHeaders and ETag as ExposeHeaders; bkend-storage writes them itself from BKEND_CORS_ORIGINS and corsOrigins of environments where it may. (Where only some sites may, all may be well: this one is https://doctor.example.)',
    );
  }
  const exposed = answer.headers
    .get('Access-Control-Expose-Headers')
    ?.toLowerCase()
    .split(/\s*,\s*/);
  if (exposed?.some((name) => name === 'etag' || name === '*')) return true;
  throw new Error('Large uploads fail: add ETag to the ExposeHeaders of the bucket’s CORS rules.');
}

export function register(login: Login, { key }: Place): Promise<StoredFile> {
  const description = { s3Key: key, originalName: 'doctor.png', mimeType: contentType, size: pixel.length };
  return post<StoredFile>(login, '/v1/files', { ...description, visibility: 'public', category: 'temp' });
}

export async function checkBytes(storage: Storage, { id }: StoredFile): Promise<true> {
  const returned = Buffer.from(await (await storage.download(id)).arrayBuffer());
  if (returned.equals(pixel)) return true;
  throw new Error('Other bytes came back: does something in between rewrite answers?');
}

export async function checkImages({ url }: StoredFile): Promise<true> {
  if (url === undefined) throw new Error('The file is public, and the API gives no address to show it at.');
  const answer = await reach(
    url,
    {},
    'The API gives out this address for images: set BKEND_IMAGES_URL to one that clients can reach.',
  );
  if (answer.ok && answer.headers.get('Content-Type')?.startsWith('image/')) return true;
  throw new Error(`It answers ${answer.status} at ${url}: is it the image host?`);
}

/** What can be done about a refusal. */
const remedies: Readonly<Record<string, string>> = {
  'auth/invalid-api-key': 'Make one with "bkend-storage keys create", and log in with it.',
  'auth/api-key-revoked': 'Make another with "bkend-storage keys create", and log in with it.',
  'auth/api-key-expired': 'Make another with "bkend-storage keys create", and log in with it.',
  'auth/access-token-expired':
    'Fetch a fresh one where your users log in, or with "bkend-storage token --user NAME".',
  'auth/invalid-access-token':
    'Is it of this service? The JWT_… settings say whose tokens it takes; "bkend-storage token --user NAME" makes one.',
  'auth/scope-insufficient': 'Make a key that may do it: "bkend-storage keys create --scopes …".',
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
    'It did answer.',
  );
  // The contract says what comes at this path, and what a refusal looks like.
  if (answer.ok) return (await answer.json()) as Answer;
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  const { code, message } = error;
  throw withRemedy(new StorageError(code, message, { status: answer.status }));
}

/** @param hint what to do when nobody answers */
async function reach(url: string, request: FetchOptions, hint: string): Promise<Response> {
  try {
    return await fetchOverHttp(url, { ...request, signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    // Where a name has several addresses, the error is of several errors, and has no words of its own.
    const { message, code } = error as NodeJS.ErrnoException;
    const why = message || code;
    throw new Error(`Nothing answers at ${new URL(url).origin} (${why}). ${hint}`, { cause: error });
  }
}
