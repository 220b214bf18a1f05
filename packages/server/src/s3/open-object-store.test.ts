import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import {
  errorBody,
  refusal,
  type ScriptedAnswer,
  type ScriptedStore,
  startScriptedStore,
} from '../../test/object-store/scripted-store.ts';
import { openObjectStore } from './open-object-store.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

const secretAccessKey = 'very-secret-indeed';

/** A store that answers by a script, and our client of it. */
async function storeAnswering(script: Readonly<Record<string, readonly ScriptedAnswer[]>>) {
  const scripted = await startScriptedStore(script);
  opened.push(scripted);
  return { scripted, ...openOn(scripted.endpoint) };
}

function openOn(endpoint: ScriptedStore['endpoint']) {
  const warnings: string[] = [];
  const store = openObjectStore({
    endpoint,
    region: 'eu-west-1',
    bucket: 'files',
    credentials: { accessKeyId: 'AKID', secretAccessKey },
    clock: () => new Date(),
    warn: (message) => warnings.push(message),
  });
  opened.push(store);
  return { store, warnings };
}

const found: ScriptedAnswer = { status: 200 };
const upload = { key: 'film.mp4', multipartId: 'id' };
const parts = [{ partNumber: 1, etag: '"a"' }];
const listing: ScriptedAnswer = {
  status: 200,
  body: '<?xml version="1.0"?><ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>',
};

describe('a store in trouble', () => {
  test('is asked again when it is busy, and not given up at once', async () => {
    const info = { 'content-length': '5', etag: '"e"', 'last-modified': new Date(0).toUTCString() };
    const { store } = await storeAnswering({
      'HEAD /files/key': [{ status: 503 }, { status: 200, headers: info }],
    });
    expect(await store.head('key')).toMatchObject({ sizeBytes: 5, etag: 'e' });
  });

  test.each<[string, ScriptedAnswer]>([
    ['stays busy', refusal(503, 'SlowDown')],
    ['breaks down', refusal(500, 'InternalError')],
    ['hangs up', 'hang-up'],
    ['is a proxy without a store behind it', { status: 502, body: '<html>Bad Gateway</html>' }],
  ])('is unavailable when it %s', async (_how, answer) => {
    const { store } = await storeAnswering({
      'GET /files/key': [answer],
      'POST /files/film.mp4?uploads': [answer],
    });
    await expect(store.get('key')).rejects.toMatchObject({ code: 'common/unavailable' });
    await expect(store.createMultipart({ ...upload, contentType: 'a/b' })).rejects.toMatchObject({
      code: 'common/unavailable',
    });
  });

  test('is unavailable when no server listens', async () => {
    const { store, scripted } = await storeAnswering({});
    await scripted[Symbol.asyncDispose]();
    opened.splice(opened.indexOf(scripted), 1);
    const unavailable = { code: 'common/unavailable' };
    await expect(store.check()).rejects.toMatchObject(unavailable);
    await expect(store.ensureBucket()).rejects.toMatchObject(unavailable);
    await expect(store.delete('key')).rejects.toMatchObject(unavailable);
  });

  test('fails a check within seconds when it never answers', async () => {
    const { store } = await storeAnswering({ 'HEAD /files': ['silence'] });
    const begin = performance.now();
    await expect(store.check()).rejects.toMatchObject({ code: 'common/unavailable' });
    expect(performance.now() - begin).toBeLessThan(4_500);
  });

  test('that refuses us is a matter of configuration, and says so without our secrets', async () => {
    const { store } = await storeAnswering({ 'GET /files/key': [refusal(403, 'SignatureDoesNotMatch')] });
    const error = await store.get('key').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'file/bucket-not-configured',
      cause: { name: 'SignatureDoesNotMatch', status: 403 },
    });
    const everything = inspect(error, { depth: 20, showHidden: true });
    expect(everything).not.toMatch(/Signature=|authorization/i);
    expect(everything).not.toContain(secretAccessKey);
  });

  test('that finds our request strange is our mistake', async () => {
    const { store } = await storeAnswering({ 'DELETE /files/key': [refusal(400, 'InvalidRequest')] });
    await expect(store.delete('key')).rejects.toMatchObject({ code: 'common/internal-error' });
  });
});

describe('completing a multipart upload', () => {
  const complete = 'POST /files/film.mp4?uploadId';
  const list = 'GET /files/film.mp4?uploadId';

  test.each(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML'])(
    'tells that the parts were refused with %s',
    async (reason) => {
      const { store } = await storeAnswering({ [complete]: [refusal(400, reason)] });
      await expect(store.completeMultipart({ ...upload, parts })).rejects.toMatchObject({
        code: 'file/invalid-parts-array',
        details: { reason, message: `Because of ${reason}.` },
      });
    },
  );

  test('finds a refusal that comes under status 200', async () => {
    const { store } = await storeAnswering({ [complete]: [{ status: 200, body: errorBody('InvalidPart') }] });
    await expect(store.completeMultipart({ ...upload, parts })).rejects.toMatchObject({
      code: 'file/invalid-parts-array',
      details: { reason: 'InvalidPart' },
    });
  });

  test('finds a breakdown that comes under status 200', async () => {
    const { store } = await storeAnswering({
      [complete]: [{ status: 200, body: errorBody('InternalError') }],
      [list]: [listing],
    });
    await expect(store.completeMultipart({ ...upload, parts })).rejects.toMatchObject({
      code: 'common/unavailable',
    });
  });

  test.each<[string, readonly ScriptedAnswer[]]>([
    ['was lost, and the next says the upload is over', ['hang-up', refusal(404, 'NoSuchUpload')]],
    ['was lost, and the next ones are', ['hang-up']],
    ['is a breakdown each time', [refusal(500, 'InternalError')]],
  ])('says there is no such upload when the answer %s', async (_how, answers) => {
    const { store } = await storeAnswering({ [complete]: answers, [list]: [refusal(404, 'NoSuchUpload')] });
    expect(await store.completeMultipart({ ...upload, parts })).toBe('no-such-upload');
  });
});

describe('beginning a multipart upload', () => {
  test('says that there is no bucket when there is none', async () => {
    const { store } = await storeAnswering({
      'POST /files/film.mp4?uploads': [refusal(404, 'NoSuchBucket')],
    });
    await expect(store.createMultipart({ ...upload, contentType: 'a/b' })).rejects.toMatchObject({
      code: 'file/bucket-not-configured',
    });
  });

  test('fails with the reason in the cause when the store refuses', async () => {
    const { store } = await storeAnswering({
      'POST /files/film.mp4?uploads': [refusal(403, 'AccessDenied')],
    });
    await expect(store.createMultipart({ ...upload, contentType: 'a/b' })).rejects.toMatchObject({
      code: 'file/upload-init-failed',
      cause: { cause: { name: 'AccessDenied' } },
    });
  });
});

describe('seeing to the bucket', () => {
  const corsWith = (rules: string): ScriptedAnswer => ({
    status: 200,
    body: `<?xml version="1.0"?><CORSConfiguration>${rules}</CORSConfiguration>`,
  });
  const anyOrigin = '<AllowedOrigin>*</AllowedOrigin><AllowedHeader>*</AllowedHeader>';
  const methods = ['GET', 'PUT', 'HEAD', 'DELETE'].map((each) => `<AllowedMethod>${each}</AllowedMethod>`);
  const exposed = '<ExposeHeader>etag</ExposeHeader>';
  const noRules = refusal(404, 'NoSuchCORSConfiguration');

  test('makes bucket and rule where there are none', async () => {
    const { store, scripted, warnings } = await storeAnswering({
      'HEAD /files': [{ status: 404 }],
      'PUT /files': [{ status: 200 }],
      'GET /files?cors': [noRules],
      'PUT /files?cors': [{ status: 200 }],
    });
    await store.ensureBucket();
    expect(scripted.requests).toEqual(['HEAD /files', 'PUT /files', 'GET /files?cors', 'PUT /files?cors']);
    expect(scripted.bodies[1]).toContain('<LocationConstraint>eu-west-1</LocationConstraint>');
    expect(scripted.bodies[3]).toContain('<AllowedOrigin>*</AllowedOrigin>');
    expect(scripted.bodies[3]).toContain('<ExposeHeader>ETag</ExposeHeader>');
    expect(warnings).toEqual([]);
  });

  test('writes nothing where a rule suffices', async () => {
    const { store, scripted } = await storeAnswering({
      'HEAD /files': [found],
      'GET /files?cors': [
        corsWith(`<CORSRule>${anyOrigin}${methods.slice(0, 3).join('')}${exposed}</CORSRule>`),
      ],
    });
    await store.ensureBucket();
    expect(scripted.requests).toEqual(['HEAD /files', 'GET /files?cors']);
  });

  test('keeps the rules of others behind its own', async () => {
    const theirs = `<CORSRule><ID>theirs</ID><AllowedOrigin>https://a.example</AllowedOrigin>${methods.join('')}</CORSRule>`;
    const { store, scripted } = await storeAnswering({
      'HEAD /files': [found],
      'GET /files?cors': [corsWith(theirs)],
      'PUT /files?cors': [{ status: 200 }],
    });
    await store.ensureBucket();
    expect(scripted.bodies[2]).toMatch(/<ID>bkend-storage<\/ID>.*<ID>theirs<\/ID>/s);
  });

  test.each<[string, ScriptedAnswer, ScriptedAnswer]>([
    ['may not be read', refusal(403, 'AccessDenied'), found],
    ['may not be written', noRules, refusal(403, 'AccessDenied')],
    ['are not known to the store', refusal(501, 'NotImplemented'), found],
  ])('goes on with a warning where CORS rules %s', async (_how, read, written) => {
    const { store, warnings } = await storeAnswering({
      'HEAD /files': [found],
      'GET /files?cors': [read],
      'PUT /files?cors': [written],
    });
    await store.ensureBucket();
    expect(warnings).toEqual([expect.stringContaining('"files"')]);
  });

  test.each<[string, Readonly<Record<string, readonly ScriptedAnswer[]>>, RegExp]>([
    [
      'is missing and may not be made',
      { 'HEAD /files': [{ status: 404 }], 'PUT /files': [refusal(403, 'AccessDenied')] },
      /"files" does not exist and could not be created: AccessDenied/,
    ],
    [
      "is someone else's",
      { 'HEAD /files': [{ status: 404 }], 'PUT /files': [refusal(409, 'BucketAlreadyExists')] },
      /"files" does not exist and could not be created: BucketAlreadyExists/,
    ],
    [
      'is closed to an unknown access key',
      { 'HEAD /files': [{ status: 403 }], 'GET /files?list-type': [refusal(403, 'InvalidAccessKeyId')] },
      /"files" cannot be used: InvalidAccessKeyId/,
    ],
    [
      'is in another region',
      {
        'HEAD /files': [{ status: 301, headers: { 'x-amz-bucket-region': 'us-west-2' } }],
        'GET /files?list-type': [
          {
            status: 301,
            body: errorBody('PermanentRedirect'),
            headers: { 'x-amz-bucket-region': 'us-west-2' },
          },
        ],
      },
      /"files" cannot be used: PermanentRedirect \(301, the bucket is in region us-west-2\)/,
    ],
  ])('fails, naming bucket and reason, when it %s', async (_how, script, message) => {
    const { store } = await storeAnswering(script);
    await expect(store.ensureBucket()).rejects.toMatchObject({
      code: 'file/bucket-not-configured',
      message: expect.stringMatching(message),
    });
  });

  test('is content when another process makes the bucket first', async () => {
    const { store } = await storeAnswering({
      'HEAD /files': [{ status: 404 }],
      'PUT /files': [refusal(409, 'BucketAlreadyOwnedByYou')],
      'GET /files?cors': [noRules],
      'PUT /files?cors': [{ status: 200 }],
    });
    await store.ensureBucket();
  });
});
