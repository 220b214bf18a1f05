import { type Category, categories, type Visibility, visibilities } from '@bkend/storage-contract';
import { InvalidSetting, type Setting, wholeNumber } from './setting.ts';

/** The largest object of any S3: 50 TiB. */
export const largestFileBytes = 50 * 1024 ** 4;

/** Types such as `image/png`, or families such as `image/*`; lower case. */
export type TypePatterns = readonly string[];

/** Settings of one category, beside those of the environment. */
export interface CategorySettings {
  readonly maxFileBytes?: number;
  readonly allowedTypes?: TypePatterns;
  readonly blockedTypes?: TypePatterns;
}

const maxPatterns = 100;
const maxPatternLength = 127;
/** `type/subtype` or `type/*`, RFC 9110 section 8.3.1. */
const patternShape = /^[a-z0-9!#$&^_.+-]+\/(?:\*|[a-z0-9!#$&^_.+-]+)$/;

/** @throws InvalidSetting with every problem */
export function parseTypes(input: unknown): TypePatterns {
  const patterns = listOf(input).map((each) => each.toLowerCase());
  const wrong = patterns.filter((each) => each.length > maxPatternLength || !patternShape.test(each));
  if (patterns.length > maxPatterns) throw new InvalidSetting(`must have at most ${maxPatterns} types`);
  if (wrong.length > 0) {
    throw new InvalidSetting(
      ...wrong.map((each) => `"${each.slice(0, 64)}" must be like image/png or image/*`),
    );
  }
  return [...new Set(patterns)];
}

const tooLargeChoices = ['refuse', 'pass'] as const;

/** The fate of files that are larger than the scanner takes. */
export type TooLarge = (typeof tooLargeChoices)[number];

/** @throws InvalidSetting */
export function parseTooLarge(input: unknown): TooLarge {
  const found = tooLargeChoices.find((each) => each === input);
  if (found === undefined) throw new InvalidSetting(`must be one of ${tooLargeChoices.join(', ')}`);
  return found;
}

/** @throws InvalidSetting */
export function parseVisibility(input: unknown): Visibility {
  const found = visibilities.find((each) => each === input);
  if (found === undefined) throw new InvalidSetting(`must be one of ${visibilities.join(', ')}`);
  return found;
}

/** @throws InvalidSetting with every problem */
export function parseVisibilities(input: unknown): readonly Visibility[] {
  const given = listOf(input);
  const wrong = given.filter((each) => !visibilities.some((known) => known === each));
  if (given.length === 0) throw new InvalidSetting('must name at least one visibility');
  if (wrong.length > 0) {
    throw new InvalidSetting(
      ...wrong.map((each) => `"${each.slice(0, 64)}" must be one of ${visibilities.join(', ')}`),
    );
  }
  return visibilities.filter((each) => given.includes(each));
}

const categoryFields = {
  maxFileBytes: wholeNumber(1, largestFileBytes),
  allowedTypes: parseTypes,
  blockedTypes: parseTypes,
} as const;

/** @throws InvalidSetting with every problem */
function parseCategorySettings(input: unknown): CategorySettings {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidSetting(`must be an object with ${Object.keys(categoryFields).join(', ')}`);
  }
  const problems: string[] = [];
  const parsed = Object.entries(input).flatMap(([name, value]: [string, unknown]) => {
    const parse = Object.entries(categoryFields).find(([known]) => known === name)?.[1];
    if (value === null) return [];
    try {
      if (parse === undefined) throw new InvalidSetting('is no field of a category');
      return [[name, parse(value)]];
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error;
      problems.push(...error.problems.map((problem) => `"${name.slice(0, 64)}" ${problem}`));
      return [];
    }
  });
  if (problems.length > 0) throw new InvalidSetting(...problems);
  return Object.fromEntries(parsed);
}

/** A list, or a text with commas, as the command line hands it on. */
function listOf(input: unknown): string[] {
  const list: unknown = typeof input === 'string' ? input.split(',').map((each) => each.trim()) : input;
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list;
  throw new InvalidSetting('must be a list of texts');
}

type CategoryRow = `uploads.categories.${Category}`;

/** A row of the table of settings for each category. */
// Object.fromEntries forgets the names; there is one for each category.
export const categoryRows = Object.fromEntries(
  categories.map((category): [CategoryRow, Setting<CategorySettings | undefined>] => [
    `uploads.categories.${category}`,
    {
      description: `the category \`${category}\`: \`{"maxFileBytes"?, "allowedTypes"?, "blockedTypes"?}\`, beside what holds for all`,
      defaultText: 'no rules',
      example: `'{"maxFileBytes":5242880}'`,
      unset: () => undefined,
      parse: parseCategorySettings,
    },
  ]),
) as Readonly<Record<CategoryRow, Setting<CategorySettings | undefined>>>;
