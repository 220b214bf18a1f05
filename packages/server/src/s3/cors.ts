import type { CORSRule } from '@aws-sdk/client-s3';
import type { Connection } from './connection.ts';
import { isTemporary } from './refusal.ts';
import type { S3Options } from './s3-options.ts';

/**
 * What browsers need to use presigned URLs: any origin, because the signature is the permission, and a readable ETag,
 * because completing a multipart upload takes every part's.
 */
export const browserRule = {
  ID: 'bkend-storage',
  AllowedOrigins: ['*'],
  AllowedMethods: ['GET', 'HEAD', 'PUT'],
  AllowedHeaders: ['*'],
  ExposeHeaders: ['ETag', 'Accept-Ranges', 'Content-Range', 'Content-Disposition', 'Retry-After'],
  MaxAgeSeconds: 3_600,
} satisfies CORSRule;

/**
 * Sees to it that the bucket has a rule for browsers. Rules it has already are kept; ours goes first, because S3 uses
 * the first that matches.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
export async function ensureCors(connection: Connection, warn: S3Options['warn']): Promise<void> {
  try {
    const rules = await readRules(connection);
    if (rules.some(suffices)) return;
    const others = rules.filter(({ ID }) => ID !== browserRule.ID);
    await connection.ask((s3, Bucket) =>
      s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules: [browserRule, ...others] } }),
    );
  } catch (error) {
    if (isTemporary(error)) throw error;
    warn(
      `The CORS rule of bucket "${connection.bucket}" could not be checked or set: browsers can upload only if it ` +
        'allows any origin, the methods GET, HEAD and PUT and any header, and exposes ETag.',
      error,
    );
  }
}

async function readRules(connection: Connection): Promise<readonly CORSRule[]> {
  const { CORSRules = [] } = await connection.ask((s3, Bucket) => s3.getBucketCors({ Bucket }), {
    NoSuchCORSConfiguration: () => ({ CORSRules: [] }),
  });
  return CORSRules;
}

function suffices({ AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders }: CORSRule): boolean {
  return (
    AllowedOrigins?.includes('*') === true &&
    browserRule.AllowedMethods.every((method) => AllowedMethods?.includes(method)) &&
    AllowedHeaders?.includes('*') === true &&
    ExposeHeaders?.some((header) => header.toLowerCase() === 'etag') === true
  );
}
