import { type Category, StorageError, type Visibility } from '@bkend/storage-contract';
import type { EnvironmentSettings } from '../../projects/settings-table.ts';
import type { TypePatterns } from '../../projects/upload-settings.ts';
import type { File } from '../file.ts';
import { essenceOf } from '../mime-type.ts';

/** The fields that a request gives a file; a field that stays as it is, is absent. */
export interface PolicySubject {
  /** Absent together with `category`: neither contents nor category change. */
  readonly mimeType?: string;
  readonly category?: Category;
  /** Absent: not announced. */
  readonly sizeBytes?: number | undefined;
  readonly visibility?: Visibility;
}

/**
 * Refuses what the environment's policy does not allow. Every verb that gives a file its type, size, category or visibility calls
 * this; the least and greatest size of all files are those of `requireFileSize`.
 * @throws `file/policy-violation` whose `details.rule` is the name of the setting
 */
export function requirePolicy(settings: EnvironmentSettings, subject: PolicySubject): void {
  const { mimeType, category, sizeBytes, visibility } = subject;
  if (mimeType !== undefined) {
    const essence = essenceOf(mimeType);
    requireType('uploads.', essence, {
      allowedTypes: settings['uploads.allowedTypes'],
      blockedTypes: settings['uploads.blockedTypes'],
    });
    if (category !== undefined) {
      const row = `uploads.categories.${category}` as const;
      const own = settings[row] ?? {};
      requireType(`${row}.`, essence, { ...own, category });
      if (own.maxFileBytes !== undefined && sizeBytes !== undefined && sizeBytes > own.maxFileBytes) {
        throw violation(
          `${row}.maxFileBytes`,
          `A file of category ${category} may have at most ${own.maxFileBytes} bytes here.`,
          { maxBytes: own.maxFileBytes, sizeBytes },
        );
      }
    }
  }
  const allowed = settings['uploads.allowedVisibilities'];
  if (visibility !== undefined && !allowed.includes(visibility)) {
    throw violation('uploads.allowedVisibilities', `Files may not be ${visibility} here.`, {
      visibility,
      allowed,
    });
  }
}

/**
 * Refuses a change of a file that the policy does not allow; what the file has already may stay.
 * @throws as {@link requirePolicy}
 */
export function requireChangePolicy(
  settings: EnvironmentSettings,
  file: File,
  { category, visibility }: Partial<Pick<File, 'category' | 'visibility'>>,
): void {
  const { mimeType, sizeBytes } = file;
  requirePolicy(settings, {
    ...(category !== undefined && category !== file.category && { mimeType, category, sizeBytes }),
    ...(visibility !== undefined && visibility !== file.visibility && { visibility }),
  });
}

interface TypeRules {
  readonly allowedTypes?: TypePatterns | undefined;
  readonly blockedTypes?: TypePatterns | undefined;
  /** Absent: the rules are those of all files. */
  readonly category?: Category;
}

function requireType(prefix: string, essence: string, rules: TypeRules): void {
  const { allowedTypes, blockedTypes = [], category } = rules;
  const files = category === undefined ? 'Files' : `Files of category ${category}`;
  if (blockedTypes.some((pattern) => matches(pattern, essence))) {
    throw violation(`${prefix}blockedTypes`, `${files} may not be of type ${essence} here.`, {
      mimeType: essence,
      blocked: blockedTypes,
    });
  }
  if (allowedTypes !== undefined && !allowedTypes.some((pattern) => matches(pattern, essence))) {
    throw violation(`${prefix}allowedTypes`, `${files} may be of ${allowedTypes.join(', ')} only here.`, {
      mimeType: essence,
      allowed: allowedTypes,
    });
  }
}

/** @param pattern lower case: `image/png`, or `image/*` for all of a family */
function matches(pattern: string, essence: string): boolean {
  return pattern.endsWith('/*') ? essence.startsWith(pattern.slice(0, -1)) : essence === pattern;
}

function violation(rule: string, message: string, details: Readonly<Record<string, unknown>>): StorageError {
  return new StorageError('file/policy-violation', message, { details: { rule, ...details } });
}
