import { afterEach, describe, expect, test } from 'vitest';
import { refusal, type ScriptedAnswer, startScriptedStore } from '../../test/object-store/scripted-store.ts';
import { openObjectStore } from './open-object-store.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

/** A bucket whose rules are these, and our side of it. */
async function bucketWith(rules: ScriptedAnswer) {
  const scripted = await startScriptedStore({
    'GET /files?cors': [rules],
    'PUT /files?cors': [{ status: 200 }],
  });
  const store = openObjectStore({
    endpoint: scripted.endpoint,
    region: 'eu-west-1',
    bucket: 'files',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    clock: () => new Date(),
    warn: (message, cause) => expect.fail(`${message} ${cause}`),
  });
  opened.push(scripted, store);
  return { store, scripted };
}

const corsWith = (rules: string): ScriptedAnswer => ({
  status: 200,
  body: `<?xml version="1.0"?><CORSConfiguration>${rules}</CORSConfiguration>`,
});
const methods = ['GET', 'PUT', 'HEAD'].map((each) => `<AllowedMethod>${each}</AllowedMethod>`);
const noRules = refusal(404, 'NoSuchCORSConfiguration');

describe('the rule of the bucket', () => {
  const named = ['https://a.example', 'https://b.example'];
  const ofOurs = (origins: readonly string[], id = '<ID>bkend-storage</ID>') =>
    `<CORSRule>${id}${origins.map((each) => `<AllowedOrigin>${each}</AllowedOrigin>`).join('')}` +
    `${methods.join('')}<AllowedHeader>*</AllowedHeader>` +
    ['ETag', 'Accept-Ranges', 'Content-Range', 'Content-Disposition', 'Retry-After']
      .map((each) => `<ExposeHeader>${each}</ExposeHeader>`)
      .join('') +
    '<MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule>';

  test.each([
    ['its rule allows these origins, in any order', ofOurs(named.toReversed())],
    ['a rule of others allows any', ofOurs(['*'], '<ID>theirs</ID>')],
    ['a rule of others allows them, and more', ofOurs([...named, 'https://c.example'], '<ID>theirs</ID>')],
  ])('writes nothing where %s', async (_why, rules) => {
    const { store, scripted } = await bucketWith(corsWith(rules));
    await store.allowOrigins(named);
    expect(scripted.requests).toEqual(['GET /files?cors']);
  });

  test.each([
    ['its rule allows more', ofOurs(['*'])],
    ['its rule allows less', ofOurs(['https://a.example'])],
    ['its rule has lost its name', ofOurs(['*'], '')],
    ['a rule of others allows less', ofOurs(['https://a.example'], '<ID>theirs</ID>')],
  ])('writes its rule, once, where %s', async (_why, rules) => {
    const { store, scripted } = await bucketWith(corsWith(rules));
    await store.allowOrigins(named);
    const [, written = ''] = scripted.bodies;
    expect(written.match(/<AllowedOrigin>[^<]*/g)?.slice(0, 2)).toEqual(
      named.map((origin) => `<AllowedOrigin>${origin}`),
    );
    expect(written.match(/<CORSRule>/g)).toHaveLength(rules.includes('theirs') ? 2 : 1);
  });

  test.each([
    [
      'any, where the names would not fit',
      Array.from({ length: 900 }, (_, n) => `https://${n}.a-shop.example`),
      '*',
    ],
    ['none by a pattern', ['https://*.example'], 'https://none.invalid'],
  ])('allows %s', async (_what, origins, allowed) => {
    const { store, scripted } = await bucketWith(noRules);
    await store.allowOrigins(origins);
    expect(scripted.bodies[1]?.match(/<AllowedOrigin>[^<]*/g)).toEqual([`<AllowedOrigin>${allowed}`]);
  });
});
