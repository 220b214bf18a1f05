import {
  type FileMetadata,
  type FileMetadataPatch,
  invalidParameters,
  type Limits,
  type ParameterIssue,
} from '@bkend/storage-contract';

/**
 * Refuses metadata beyond the limits; its shape is checked by the schema.
 * @throws `common/invalid-parameters`
 */
export function requireMetadata(
  metadata: FileMetadata,
  limits: Pick<Limits, 'maxMetadataBytes' | 'maxTags' | 'maxTagLength'>,
): void {
  const issues: ParameterIssue[] = [];
  const tags = metadata.tags ?? [];
  if (tags.length > limits.maxTags) {
    issues.push({ field: 'metadata.tags', message: `has at most ${limits.maxTags} tags` });
  }
  tags.forEach((tag, index) => {
    if (tag === '' || [...tag].length > limits.maxTagLength) {
      issues.push({
        field: `metadata.tags[${index}]`,
        message: `has 1 to ${limits.maxTagLength} characters`,
      });
    }
  });
  const fault = findFault(metadata);
  if (fault !== undefined) {
    issues.push({ field: 'metadata', message: fault });
  } else if (Buffer.byteLength(JSON.stringify(metadata)) > limits.maxMetadataBytes) {
    issues.push({ field: 'metadata', message: `has at most ${limits.maxMetadataBytes} bytes as JSON` });
  }
  if (issues.length > 0) throw invalidParameters(issues);
}

/** Deeper than any real metadata, and far from the depth at which recursion overflows the stack. */
const maxDepth = 64;

/** Finds a reason why this JSON cannot be stored, by JavaScript or as `jsonb`; undefined when it can. */
function findFault(json: unknown, depth = 0): string | undefined {
  if (typeof json === 'string') {
    const isStorable = json.isWellFormed() && !json.includes('\0');
    return isStorable ? undefined : 'has no NUL characters and no halves of surrogate pairs';
  }
  if (typeof json === 'number') return findNumberFault(json);
  if (typeof json !== 'object' || json === null) return undefined;
  if (depth === maxDepth) return `is nested at most ${maxDepth} deep`;
  for (const part of Array.isArray(json) ? json : Object.entries(json).flat()) {
    const fault = findFault(part, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Finds a number that would come back as another one. JSON has any number of digits (RFC 8259, section 6), a double has 53
 * bits: `1e400` would be infinity, which is written as null, and an id of 20 digits would lose the last ones. From 1e21 on
 * numbers are written with an exponent, and so do not look exact.
 */
function findNumberFault(number: number): string | undefined {
  if (!Number.isFinite(number)) return 'has no number beyond 1.8e308';
  const loses = Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) < 1e21;
  return loses
    ? 'has no whole number beyond 9007199254740991, which would lose digits: send it as text'
    : undefined;
}

/**
 * A JSON merge patch, RFC 7396 section 2: named fields change, `null` removes, the rest stays.
 * `null` for the whole removes everything.
 * @throws `common/invalid-parameters` when the patch cannot be stored
 */
export function mergeMetadata(current: FileMetadata, patch: FileMetadataPatch | null): FileMetadata {
  if (patch === null) return {};
  const fault = findFault(patch);
  if (fault !== undefined) throw invalidParameters([{ field: 'metadata', message: fault }]);
  // The schema allows no field of another shape in either, and merging makes none.
  return mergePatch(current, patch) as FileMetadata;
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
