import {
  type FileMetadata,
  type FileMetadataPatch,
  invalidParameters,
  type Limits,
  type ParameterIssue,
} from '@bkend/storage-contract';

/**
 * Refuses metadata beyond the limits; the schema has seen to its shape.
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
  const json = JSON.stringify(metadata);
  if (Buffer.byteLength(json) > limits.maxMetadataBytes) {
    issues.push({ field: 'metadata', message: `has at most ${limits.maxMetadataBytes} bytes as JSON` });
  }
  if (json.includes('\\u0000')) {
    issues.push({ field: 'metadata', message: 'has no NUL characters' });
  }
  if (issues.length > 0) throw invalidParameters(issues);
}

/**
 * A JSON merge patch, RFC 7396 section 2: named fields change, `null` removes, the rest stays.
 * `null` for the whole removes everything.
 */
export function mergeMetadata(current: FileMetadata, patch: FileMetadataPatch | null): FileMetadata {
  if (patch === null) return {};
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
