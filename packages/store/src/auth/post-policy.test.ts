import { describe, expect, it } from 'vitest';
import { checkPostPolicy, parsePostPolicy } from './post-policy.ts';

const parse = (document: unknown) =>
  parsePostPolicy(
    Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)).toString('base64'),
  );
const expiration = '2026-03-01T13:00:00Z';
const now = new Date('2026-03-01T12:00:00Z');

function check(conditions: unknown[], fields: Record<string, string>, at = now): void {
  checkPostPolicy(parse({ expiration, conditions: [{ bucket: 'b' }, ...conditions] }), {
    bucket: 'b',
    fields: new Map(Object.entries(fields)),
    now: at,
  });
}
const denied = expect.objectContaining({ code: 'AccessDenied' });

describe('a policy', () => {
  it('is read with every kind of condition', () => {
    const conditions = [
      { ACL: 'private' },
      ['eq', '$Key', 'k'],
      ['Starts-With', '$x', ''],
      ['content-length-range', '1', 9],
    ];
    expect(parse({ expiration, conditions })).toEqual({
      expiresAt: new Date(expiration),
      conditions: [
        { kind: 'eq', field: 'acl', value: 'private' },
        { kind: 'eq', field: 'key', value: 'k' },
        { kind: 'starts-with', field: 'x', value: '' },
      ],
      sizeRange: { min: 1, max: 9 },
    });
  });

  it('may escape what JSON does not', () => {
    const { conditions } = parse(`{"expiration":"${expiration}","conditions":[{"key":"\\$a\\\\\\"\\v"}]}`);
    expect(conditions[0]?.value).toBe('$a\\"\u000b');
  });

  it.each([
    'null',
    '[]',
    '{',
    { conditions: [] },
    { expiration: 'soon', conditions: [] },
    { expiration: '2026-03-01 13:00:00+00:00', conditions: [] },
    { expiration: '2026-03-01', conditions: [] },
    { expiration: '2026-13-01T13:00:00Z', conditions: [] },
    { expiration },
    { expiration, conditions: {} },
    { expiration, conditions: ['eq'] },
    { expiration, conditions: [{}] },
    { expiration, conditions: [{ a: '1', b: '2' }] },
    { expiration, conditions: [{ a: 1 }] },
    { expiration, conditions: [['eq', 'key', 'k']] },
    { expiration, conditions: [['eq', '$key']] },
    { expiration, conditions: [['eq', '$key', 'k', 'l']] },
    { expiration, conditions: [[]] },
    { expiration, conditions: [['like', '$key', 'k']] },
    { expiration, conditions: [['content-length-range', 0]] },
    { expiration, conditions: [['content-length-range', null, 1]] },
    { expiration, conditions: [['content-length-range', '', 1]] },
    { expiration, conditions: [['content-length-range', -1, 1]] },
    { expiration, conditions: [['content-length-range', 2, 1]] },
    { expiration, conditions: [['content-length-range', 0, 1.5]] },
  ])('is refused as malformed: %j', (document) => {
    expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'InvalidPolicyDocument' }));
  });

  it('holds until it expires', () => {
    expect(() => check([], {})).not.toThrow();
    expect(() => check([], {}, new Date(expiration))).toThrow(denied);
  });

  it('has to speak of every field but those of the signature', () => {
    expect(() => check([], { 'x-amz-signature': 's', policy: 'p', 'x-ignore-me': 'x' })).not.toThrow();
    expect(() => check([], { acl: 'private' })).toThrow(denied);
    expect(() => check([['starts-with', '$acl', '']], { acl: 'private' })).not.toThrow();
  });

  it('has to speak of the bucket, which stands in the URL', () => {
    const form = { bucket: 'b', fields: new Map<string, string>(), now };
    expect(() => checkPostPolicy(parse({ expiration, conditions: [] }), form)).toThrow(denied);
    const anyBucket = parse({ expiration, conditions: [['starts-with', '$bucket', '']] });
    expect(() => checkPostPolicy(anyBucket, form)).not.toThrow();
  });

  it('compares fields, the bucket, and every type of a list', () => {
    expect(() => check([{ bucket: 'b' }, { key: 'k' }], { key: 'k' })).not.toThrow();
    expect(() => check([{ bucket: 'c' }], {})).toThrow(denied);
    expect(() => check([{ key: 'k' }], { key: 'K' })).toThrow(denied);
    expect(() => check([['starts-with', '$key', 'user/']], { key: 'user' })).toThrow(denied);
    expect(() => check([['starts-with', '$key', 'user/']], {})).toThrow(denied);
    const images = ['starts-with', '$Content-Type', 'image/'];
    expect(() => check([images], { 'content-type': 'image/png, image/gif' })).not.toThrow();
    expect(() => check([images], { 'content-type': 'image/png, text/html' })).toThrow(denied);
  });
});
