import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { accessKeyId, options, secretAccessKey } from '../../test/endpoint.ts';
import { type PostPolicyFields, SignatureError, verifyPostPolicy } from '../index.ts';
import { deriveSigningKey } from '../signing-key.ts';

const policy = Buffer.from('{"expiration":"2026-03-02T00:00:00Z","conditions":[]}').toString('base64');
const signingKey = deriveSigningKey(secretAccessKey, {
  date: '20260301',
  region: 'eu-central-1',
  service: 's3',
});
const fields: PostPolicyFields = {
  policy,
  algorithm: 'AWS4-HMAC-SHA256',
  credential: `${accessKeyId}/20260301/eu-central-1/s3/aws4_request`,
  date: '20260301T120000Z',
  signature: createHmac('sha256', signingKey).update(policy).digest('hex'),
};

function refusal(change: Partial<PostPolicyFields>, verifyOptions = options): SignatureError {
  try {
    verifyPostPolicy({ ...fields, ...change }, verifyOptions);
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error('the policy was accepted');
}

describe('a POST policy', () => {
  test('is accepted with its signature, even days later', () => {
    const later = { ...options, now: new Date('2026-03-05T00:00:00Z') };
    expect(verifyPostPolicy(fields, later)).toEqual({ accessKeyId });
  });

  test.each([
    ['policy', 'policy'],
    ['algorithm', 'x-amz-algorithm'],
    ['credential', 'x-amz-credential'],
    ['date', 'x-amz-date'],
    ['signature', 'x-amz-signature'],
  ])('needs its field %s, named %s in the form', (field, name) => {
    const missing = {
      code: 'InvalidArgument',
      status: 400,
      message: `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      details: { ArgumentName: name, ArgumentValue: '' },
    };
    expect(refusal({ [field]: undefined })).toMatchObject(missing);
    expect(refusal({ [field]: '' })).toMatchObject(missing);
  });

  test.each([
    { algorithm: 'AWS4-HMAC-SHA1' },
    { date: '20260302T120000Z' },
    { date: '2026-03-01T12:00:00Z' },
    { credential: `${accessKeyId}/20260301/us-east-1/s3/aws4_request` },
    { credential: `${accessKeyId}/20260301/eu-central-1/ec2/aws4_request` },
    { credential: `${accessKeyId}/20260302/eu-central-1/s3/aws4_request` },
    { credential: accessKeyId },
  ])('is refused with a field that does not fit: %o', (change) => {
    expect(refusal(change)).toMatchObject({ code: 'InvalidArgument', status: 400 });
  });

  test('is refused after any change to it or its signature', () => {
    for (const change of [{ policy: `${policy}=` }, { signature: '0'.repeat(64) }, { signature: 'x' }]) {
      expect(refusal(change)).toMatchObject({ code: 'SignatureDoesNotMatch', status: 403 });
    }
  });

  test('is refused with an unknown access key', () => {
    expect(refusal({}, { ...options, findSecret: () => undefined }).code).toBe('InvalidAccessKeyId');
  });
});
