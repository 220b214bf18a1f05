import { S3Error } from '../errors/s3-error.ts';

/** Conditions of a POST policy on its form. */
export interface PostPolicy {
  readonly expiresAt: Date;
  readonly conditions: readonly PolicyCondition[];
  /** Size of the form's file in bytes, both ends inclusive. */
  readonly sizeRange: { readonly min: number; readonly max: number };
}

interface PolicyCondition {
  readonly kind: 'eq' | 'starts-with';
  /** In lower case. */
  readonly field: string;
  readonly value: string;
}

/** Fields that need no condition. */
const exempt = new Set(['x-amz-signature', 'file', 'policy']);

/** ISO 8601 in GMT; `Date` would accept more. */
const expirationForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/**
 * Reads a policy whose signature has been verified.
 *
 * @param base64 as it stands in the form
 * @throws S3Error `InvalidPolicyDocument`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function parsePostPolicy(base64: string): PostPolicy {
  const document = parseJson(Buffer.from(base64, 'base64').toString());
  if (!isRecord(document)) throw invalid('Invalid JSON.');
  const { expiration, conditions } = document;
  if (typeof expiration !== 'string') throw invalid('Policy missing expiration.');
  const expiresAt = new Date(expirationForm.test(expiration) ? expiration : Number.NaN);
  if (Number.isNaN(expiresAt.getTime())) throw invalid(`Invalid 'expiration' value: '${expiration}'`);
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  let sizeRange = { min: 0, max: Number.POSITIVE_INFINITY };
  const parsed: PolicyCondition[] = [];
  for (const condition of conditions as unknown[]) {
    if (isRecord(condition)) {
      const [entry, ...others] = Object.entries(condition);
      if (entry === undefined || others.length > 0) {
        throw invalid(
          'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
        );
      }
      parsed.push(exactly(...entry));
      continue;
    }
    if (!Array.isArray(condition)) throw invalid('Invalid condition.');
    // The array was parsed from JSON; every element is looked at before it is used.
    const [kind, field, value, ...others] = condition as unknown[];
    if (others.length > 0) throw invalid('Invalid condition: too many arguments.');
    const operator = typeof kind === 'string' ? kind.toLowerCase() : '';
    if (operator === 'content-length-range') sizeRange = parseSizeRange(field, value);
    else if (operator === 'eq' || operator === 'starts-with') {
      if (typeof field !== 'string' || !field.startsWith('$')) throw invalid('Invalid condition.');
      parsed.push({ ...exactly(field.slice(1), value), kind: operator });
    } else throw invalid('Invalid condition.');
  }
  return { expiresAt, conditions: parsed, sizeRange };
}

/**
 * Checks a form against its policy: every condition must hold, and every field must have one. So must the bucket, though
 * it stands in the URL: a policy that leaves it open would open every bucket of its signer.
 *
 * @param fields names in lower case
 * @throws S3Error `AccessDenied`
 */
export function checkPostPolicy(
  policy: PostPolicy,
  form: { readonly bucket: string; readonly fields: ReadonlyMap<string, string>; readonly now: Date },
): void {
  if (form.now >= policy.expiresAt) throw denied('Policy expired.');
  for (const { kind, field, value } of policy.conditions) {
    const given = field === 'bucket' ? form.bucket : (form.fields.get(field) ?? '');
    const holds = kind === 'eq' ? given === value : startsWith(field, given, value);
    if (!holds) throw denied(`Policy Condition failed: ["${kind}", "$${field}", "${value}"]`);
  }
  const spokenOf = new Set(policy.conditions.map(({ field }) => field));
  const extra = [...new Set(['bucket', ...form.fields.keys()])].filter(
    (name) => !exempt.has(name) && !name.startsWith('x-ignore-') && !spokenOf.has(name),
  );
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
}

/** A list of types is matched one by one. */
function startsWith(field: string, given: string, value: string): boolean {
  if (field !== 'content-type') return given.startsWith(value);
  return given.split(',').every((type) => type.trim().startsWith(value));
}

function exactly(field: string, value: unknown): PolicyCondition {
  if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
  return { kind: 'eq', field: field.toLowerCase(), value };
}

function parseSizeRange(min: unknown, max: unknown): { min: number; max: number } {
  const [from = Number.NaN, to = Number.NaN] = [min, max].map((size) =>
    typeof size === 'number' || /^\d+$/.test(String(size)) ? Number(size) : Number.NaN,
  );
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from) {
    throw invalid('Invalid content-length-range.');
  }
  return { min: from, max: to };
}

/** Besides the escapes of JSON there are `\$`, because `$` begins a field's name, and `\v`. */
function parseJson(text: string): unknown {
  const escapes: Readonly<Record<string, string>> = { '\\$': '$', '\\v': '\\u000b' };
  try {
    return JSON.parse(text.replace(/\\./gs, (sequence) => escapes[sequence] ?? sequence));
  } catch {
    throw invalid('Invalid JSON.');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: ${reason}`);
}

function denied(reason: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}
