import { beforeEach, describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';
import { credential, type Form, now, ofSignature, policyOf, postForm, signatureFields } from './post-form.ts';

const store = await useStore({ clock: () => now });
beforeEach(async () => {
  await store.send({ method: 'DELETE', path: '/bucket/foo.txt' });
});

const post = (form: Form) => postForm(store, form);
const get = (key: string) => store.send({ path: `/bucket/${key}` });

describe('a form', () => {
  it('stores its file, and answers as it was asked to', async () => {
    expect((await post({})).status).toBe(204);
    expect((await get('foo.txt')).text).toBe('bar');
    for (const [wanted, status] of [
      ['200', 200],
      ['201', 201],
      ['204', 204],
      ['404', 204],
    ] as const) {
      const fields = { key: 'foo.txt', success_action_status: wanted };
      const answer = await post({
        fields,
        conditions: [{ key: 'foo.txt' }, ['eq', '$success_action_status', wanted]],
      });
      expect(answer.status).toBe(status);
      if (wanted !== '201') continue;
      expect(answer.headers['content-type']).toBe('application/xml');
      expect(answer.text).toMatch(
        /^<\?xml.*\?>\n<PostResponse><Location>.*\/bucket\/foo\.txt<\/Location><Bucket>bucket<\/Bucket><Key>foo\.txt<\/Key><ETag>/,
      );
    }
  });

  it('sends the browser on', async () => {
    const redirect = 'http://localhost/done?page=1';
    const answer = await post({
      fields: { key: 'foo.txt', success_action_redirect: redirect },
      conditions: [
        ['starts-with', '$key', ''],
        ['eq', '$success_action_redirect', redirect],
      ],
    });
    expect(answer.status).toBe(303);
    const { headers } = await get('foo.txt');
    const etag = encodeURIComponent(headers.etag ?? '');
    expect(answer.headers.location).toBe(`${redirect}&bucket=bucket&key=foo.txt&etag=${etag}`);
  });

  it('may name its key after the file, without the folders of its sender', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how S3 writes it
    const fields = { key: 'foo/${filename}' };
    expect((await post({ fields, fileName: 'C:\\photos\\cat.txt' })).status).toBe(204);
    expect((await get('foo/cat.txt')).text).toBe('bar');
  });

  it('is checked against its policy after the file name is filled in', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how S3 writes it
    const variable = '${filename}';
    const named = (conditions: unknown[], fields: Record<string, string> = {}) =>
      post({ fields: { key: variable, ...fields }, conditions, fileName: '/tmp/foo.txt' });
    expect((await named([['starts-with', '$key', 'foo']])).status).toBe(204);
    expect((await named([{ key: variable }])).code).toBe('AccessDenied');
    expect((await named([['starts-with', '$key', '/tmp']])).code).toBe('AccessDenied');
    const conditions = [{ key: 'foo.txt' }, { 'x-amz-meta-name': 'a foo.txt' }];
    expect((await named(conditions, { 'x-amz-meta-name': `a ${variable}` })).status).toBe(204);
    expect((await get('foo.txt')).headers['x-amz-meta-name']).toBe('a foo.txt');
    expect(
      (await post({ fields: { key: variable }, conditions: [['starts-with', '$key', '']], fileName: '' }))
        .code,
    ).toBe('InvalidArgument');
  });

  it('keeps metadata, headers and tags that the policy allows', async () => {
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const fields = {
      key: 'foo.txt',
      'Content-Type': 'text/plain',
      'x-amz-meta-name': 'Blüte',
      tagging,
      acl: 'private',
    };
    const conditions = [
      ['starts-with', '$key', ''],
      ['starts-with', '$Content-Type', 'text/'],
      ['starts-with', '$x-amz-meta-name', ''],
      { tagging },
      { ACL: 'private' },
    ];
    expect((await post({ fields, conditions })).status).toBe(204);
    const { headers } = await get('foo.txt');
    expect(headers).toMatchObject({ 'content-type': 'text/plain', 'x-amz-tagging-count': '1' });
    expect(Buffer.from(String(headers['x-amz-meta-name']), 'latin1').toString()).toBe('Blüte');
  });

  it('does not take a type from the file, of which no policy speaks', async () => {
    await post({});
    expect((await get('foo.txt')).headers['content-type']).toBe('binary/octet-stream');
  });

  it('has conditions and fields in any case, and fields that are to be passed over', async () => {
    const fields = { KEY: 'foo.txt', 'X-Ignore-This': 'x', Success_Action_Status: '200' };
    const conditions = [['STARTS-WITH', '$Key', 'foo'], { sUcCeSs_AcTiOn_StAtUs: '200' }];
    expect((await post({ fields, conditions })).status).toBe(200);
  });

  it('may have escapes in its policy that JSON does not have', async () => {
    const rest = Object.entries(signatureFields).map(([k, v]) => `{"${k}":"${v}"}`);
    const conditions = ['{"bucket":"bucket"}', '["starts-with","$key","\\$foo"]', ...rest];
    const policy = `{"expiration":"2026-03-01T13:00:00.000Z","conditions":[${conditions.join()}]}`;
    expect((await post({ fields: { key: '$foo.txt' }, policy })).status).toBe(204);
    expect((await get('$foo.txt')).text).toBe('bar');
  });

  it('is as long as the policy says', async () => {
    const sized = (min: unknown, max: unknown) =>
      post({
        conditions: [
          ['starts-with', '$key', ''],
          ['content-length-range', min, max],
        ],
      });
    expect((await sized(3, 3)).status).toBe(204);
    expect(await sized(4, 10)).toMatchObject({ status: 400, code: 'EntityTooSmall' });
    expect(await sized(0, 2)).toMatchObject({ status: 400, code: 'EntityTooLarge' });
    for (const [min, max] of [
      [-1, 5],
      [0, undefined],
      [5, 4],
      ['a', 9],
    ]) {
      expect(await sized(min, max)).toMatchObject({ status: 400, code: 'InvalidPolicyDocument' });
    }
  });

  it.each<[string, Form, number, string]>([
    ['another key', { fields: { key: 'bar.txt' } }, 403, 'AccessDenied'],
    [
      'a field of which the policy does not speak',
      { fields: { key: 'foo.txt', acl: 'private' } },
      403,
      'AccessDenied',
    ],
    [
      'a field missing of which it does',
      { conditions: [['starts-with', '$key', ''], { acl: 'private' }] },
      403,
      'AccessDenied',
    ],
    ['another bucket', { path: '/other' }, 403, 'AccessDenied'],
    [
      'a policy that leaves the bucket open',
      { policy: policyOf([...ofSignature, ['starts-with', '$key', 'foo']]) },
      403,
      'AccessDenied',
    ],
    ['no key', { fields: {}, conditions: [] }, 400, 'InvalidArgument'],
    [
      'nothing signed',
      { changed: { policy: '', 'x-amz-signature': '', 'x-amz-credential': '' } },
      403,
      'AccessDenied',
    ],
    ['no signature', { changed: { 'x-amz-signature': '' } }, 400, 'InvalidArgument'],
    ['another signature', { changed: { 'x-amz-signature': '0'.repeat(64) } }, 403, 'SignatureDoesNotMatch'],
    [
      'an unknown access key',
      { changed: { 'x-amz-credential': credential.replace(/^[^/]*/, 'NOBODY') } },
      403,
      'InvalidAccessKeyId',
    ],
    [
      'a signature of an older kind',
      { changed: { AWSAccessKeyId: 'a', signature: 'b' } },
      400,
      'InvalidRequest',
    ],
    [
      'an expired policy',
      { policy: '{"expiration":"2026-03-01T11:59:59Z","conditions":[["starts-with","$key",""]]}' },
      403,
      'AccessDenied',
    ],
    [
      'an unreadable date',
      { policy: '{"expiration":"tomorrow","conditions":[]}' },
      400,
      'InvalidPolicyDocument',
    ],
    [
      'a date of another form',
      { policy: '{"expiration":"2026-03-01 13:00:00.000000+00:00","conditions":[]}' },
      400,
      'InvalidPolicyDocument',
    ],
    ['no expiration', { policy: '{"conditions":[]}' }, 400, 'InvalidPolicyDocument'],
    ['no conditions', { policy: '{"expiration":"2026-03-01T13:00:00Z"}' }, 400, 'InvalidPolicyDocument'],
    [
      'EXPIRATION in capitals',
      { policy: '{"EXPIRATION":"2026-03-01T13:00:00Z","conditions":[]}' },
      400,
      'InvalidPolicyDocument',
    ],
    ['no policy document', { policy: 'policy' }, 400, 'InvalidPolicyDocument'],
    ['an empty condition', { conditions: [{}] }, 400, 'InvalidPolicyDocument'],
    [
      'two conditions in one',
      { conditions: [{ key: 'foo.txt', acl: 'private' }] },
      400,
      'InvalidPolicyDocument',
    ],
    ['an unknown condition', { conditions: [['matches', '$key', 'foo']] }, 400, 'InvalidPolicyDocument'],
    ['a condition on no field', { conditions: [['eq', 'key', 'foo.txt']] }, 400, 'InvalidPolicyDocument'],
    ['a number as a value', { conditions: [{ key: 1 }] }, 400, 'InvalidPolicyDocument'],
    [
      'encryption',
      {
        fields: { key: 'foo.txt', 'x-amz-server-side-encryption': 'AES256' },
        conditions: [
          ['starts-with', '$key', ''],
          ['starts-with', '$x-amz-server-side-encryption', ''],
        ],
      },
      501,
      'NotImplemented',
    ],
  ])('with %s is refused', async (_, form, status, code) => {
    expect(await post(form)).toMatchObject({ status, code });
    expect((await get('foo.txt')).status).toBe(404);
  });
});
