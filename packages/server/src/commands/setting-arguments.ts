import { readFile } from 'node:fs/promises';
import { type ParameterIssue, StorageError } from '@bkend/storage-contract';
import { UsageError } from './command-errors.ts';

/**
 * Parses arguments such as `uploads.minFileBytes=0`. A value that is JSON is parsed, any other is text, and an empty one resets
 * the setting to its default.
 * @throws UsageError naming every argument that is not `name=value`
 */
export function parseSettingArguments(settings: readonly string[]): Record<string, unknown> {
  const wrong = settings.filter((setting) => !/^[^=\s]+=/.test(setting));
  if (wrong.length > 0) {
    throw new UsageError(`Give settings as name=value, not ${wrong.join(' ')}.`);
  }
  return Object.fromEntries(
    settings.map((setting) => {
      const end = setting.indexOf('=');
      return [setting.slice(0, end), parseValue(setting.slice(end + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  return text === '' ? null : parseJson(text, text);
}

/**
 * Reads a JSON object of settings, or the answer of `environments show --json`.
 * @param file `-` is standard input
 * @throws UsageError
 */
export async function readSettingsFile(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
  });
  const value = parseJson(text, undefined);
  if (!isObject(value)) {
    throw new UsageError(`${file} holds no JSON object of settings.`);
  }
  const isAnswer = 'environment' in value && 'settings' in value && isObject(value.settings);
  return Object.fromEntries(Object.entries(isAnswer ? Object(value.settings) : value));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string, fallback: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fallback;
  }
}

/**
 * Makes a UsageError of `common/invalid-parameters`, with a line for each issue in its details: its own message has only the
 * first few. Any other error is returned unchanged.
 */
export function reportAllIssues(error: unknown): unknown {
  if (!(error instanceof StorageError) || error.code !== 'common/invalid-parameters') return error;
  const { issues, moreIssues } = error.details;
  const all = Array.isArray(issues) ? issues.filter(isIssue) : [];
  if (all.length < 2) return new UsageError(error.message);
  const lines = all.map(({ field, message }) => `  ${field} ${message}`);
  const more = moreIssues === undefined ? [] : [`  and ${moreIssues} more`];
  return new UsageError('Invalid parameters; no setting is changed:', ...lines, ...more);
}

function isIssue(value: unknown): value is ParameterIssue {
  return typeof value === 'object' && value !== null && 'field' in value && 'message' in value;
}
