import type { CORSRule } from '@aws-sdk/client-s3';
import type { Origins } from '@bkend/storage-contract';
import type { Connection, S3Options } from './connection.ts';
import { isTemporary } from './refusal.ts';

/** Upper bound for all origins in the rule; S3 takes 64 KiB for all rules of a bucket. */
const maxOriginsBytes = 48 * 1024;
const tagsBytes = '<AllowedOrigin></AllowedOrigin>'.length;

/** A rule must name an origin: no page has this one (RFC 2606, section 2). */
const noPage = 'https://none.invalid';

/**
 * The CORS rule that lets pages of these origins use presigned URLs and read the ETag, which completing a multipart upload
 * needs of every part. It allows any page when the origins exceed what a bucket can store: the signature is what gives access.
 */
export function browserRule(origins: Origins) {
  return {
    ID: 'bkend-storage',
    AllowedOrigins: namedOrigins(origins),
    AllowedMethods: ['GET', 'HEAD', 'PUT'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'Accept-Ranges', 'Content-Range', 'Content-Disposition', 'Retry-After'],
    MaxAgeSeconds: 3_600,
  } satisfies CORSRule;
}

function namedOrigins(origins: Origins): string[] {
  if (origins === '*') return ['*'];
  // In S3 an asterisk is a pattern; in the API it is one origin, which no browser sends.
  const named = origins.filter((origin) => !origin.includes('*'));
  const bytes = named.reduce((sum, { length }) => sum + length + tagsBytes, 0);
  if (bytes > maxOriginsBytes) return ['*'];
  return named.length > 0 ? named : [noPage];
}

type BrowserRule = ReturnType<typeof browserRule>;

/**
 * Writes the bucket's CORS rule for pages of these origins where it is missing or differs. Other rules are kept, and one of them
 * is enough where it allows as much; ours comes first, because S3 uses the first that matches.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
export async function ensureCors(
  connection: Connection,
  warn: S3Options['warn'],
  origins: Origins,
): Promise<void> {
  const wanted = browserRule(origins);
  try {
    const rules = await readRules(connection);
    const ours = rules.filter((rule) => isOurs(rule, wanted));
    const others = rules.filter((rule) => !ours.includes(rule));
    const isSettled = ours.length > 0 ? ours.every((rule) => isSame(rule, wanted)) : others.some(suffices);
    if (isSettled) return;
    await connection.ask((s3, Bucket) =>
      s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules: [wanted, ...others] } }),
    );
  } catch (error) {
    if (isTemporary(error)) throw error;
    warn(
      `The CORS rule of bucket "${connection.bucket}" could not be checked or set: browsers can upload only if it ` +
        'allows the origins of your pages, the methods GET, HEAD and PUT and any header, and exposes ETag.',
      error,
    );
  }

  function suffices(rule: CORSRule): boolean {
    const { AllowedOrigins = [] } = rule;
    const isAllowed = (origin: string) => AllowedOrigins.includes('*') || AllowedOrigins.includes(origin);
    return wanted.AllowedOrigins.every(isAllowed) && isForBrowsers(rule, wanted);
  }
}

async function readRules(connection: Connection): Promise<readonly CORSRule[]> {
  const { CORSRules = [] } = await connection.ask((s3, Bucket) => s3.getBucketCors({ Bucket }), {
    NoSuchCORSConfiguration: () => ({ CORSRules: [] }),
  });
  return CORSRules;
}

/** By its name, or, in a store that keeps no names, by everything but the origins. */
function isOurs({ ID, ...rule }: CORSRule, wanted: BrowserRule): boolean {
  if (ID !== undefined) return ID === wanted.ID;
  return (
    rule.MaxAgeSeconds === wanted.MaxAgeSeconds &&
    hasSame(rule.AllowedMethods, wanted.AllowedMethods) &&
    hasSame(rule.ExposeHeaders, wanted.ExposeHeaders)
  );
}

function isSame(rule: CORSRule, wanted: BrowserRule): boolean {
  return hasSame(rule.AllowedOrigins, wanted.AllowedOrigins) && isForBrowsers(rule, wanted);
}

function isForBrowsers(
  { AllowedMethods, AllowedHeaders, ExposeHeaders }: CORSRule,
  wanted: BrowserRule,
): boolean {
  return (
    wanted.AllowedMethods.every((method) => AllowedMethods?.includes(method)) &&
    AllowedHeaders?.includes('*') === true &&
    ExposeHeaders?.some((header) => header.toLowerCase() === 'etag') === true
  );
}

function hasSame(texts: readonly string[] = [], others: readonly string[]): boolean {
  const named = new Set(texts);
  return named.size === new Set(others).size && others.every((text) => named.has(text));
}
