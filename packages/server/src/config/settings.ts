import type { Env } from './env.ts';
import type {
  BooleanSetting,
  ChoiceSetting,
  IntegerSetting,
  SecretSetting,
  Setting,
  TextSetting,
  UrlSetting,
} from './setting.ts';

/**
 * Reads settings from the environment and collects all problems in place of stopping at the first.
 * A variable that is empty or blank counts as unset, as in a compose file with `VALUE: ${VALUE:-}`.
 * A wrong value is reported and its default returned, so that reading can go on.
 */
export class Settings {
  readonly problems: ConfigProblem[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  /** @param variable the name, or the several names that contradict each other. */
  report(variable: string, message: string): void {
    this.problems.push({ variable, message });
  }

  isSet({ name }: Setting): boolean {
    return this.#read(name) !== undefined;
  }

  text(setting: TextSetting & { readonly default: string }): string;
  text(setting: TextSetting): string | undefined;
  text(setting: TextSetting): string | undefined {
    return this.#read(setting.name) ?? setting.default;
  }

  secret({ name }: SecretSetting): string | undefined {
    const value = this.#env[name];
    return value === '' ? undefined : value;
  }

  /** @param fallback the default, where it depends on other settings. */
  integer(setting: IntegerSetting & { readonly default: number }): number;
  integer(setting: IntegerSetting, fallback: number): number;
  integer({ name, min, max, ...setting }: IntegerSetting, fallback = setting.default ?? min): number {
    const value = this.#read(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.report(name, `${quote(value)} is not a whole number from ${min} to ${max} (default ${fallback}).`);
    return fallback;
  }

  /** @param fallback the default, where it depends on other settings. */
  boolean({ name, ...setting }: BooleanSetting, fallback = setting.default ?? false): boolean {
    const value = this.#read(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    this.report(name, `${quote(value)} is neither "true" nor "false".`);
    return fallback;
  }

  choice<Choice extends string>({ name, choices, ...setting }: ChoiceSetting<Choice>): Choice {
    const value = this.#read(name);
    if (value === undefined) return setting.default;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    this.report(name, `${quote(value)} is not one of ${choices.join(', ')} (default ${setting.default}).`);
    return setting.default;
  }

  /** Reads an http or https URL without credentials or hash. @returns the URL without a slash at its end. */
  url(setting: UrlSetting): string | undefined {
    const value = this.#read(setting.name);
    if (value === undefined) return undefined;
    const problem = findUrlProblem(value, setting);
    if (problem === undefined) return value.replace(/\/+$/, '');
    this.report(setting.name, `${quote(hidePassword(value))} ${problem}`);
    return undefined;
  }

  #read(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    return value === '' ? undefined : value;
  }
}

/** Values are shown, so that the operator sees a typing error; secrets never come here. */
function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
}

function findUrlProblem(value: string, { mayHavePath, mayHaveQuery }: UrlSetting): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(value)) {
    return 'is not a URL that begins with http:// or https://.';
  }
  if (url.username !== '' || url.password !== '') return 'must not carry a user or password.';
  if (value.includes('#')) return 'must not have a hash.';
  if (value.includes('?') && mayHaveQuery !== true) return 'must not have a query.';
  if (!mayHavePath && url.pathname !== '/') {
    return 'must not have a path: signed URLs begin at the root of the host.';
  }
  return undefined;
}

function hidePassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}

/** One wrong variable. */
export interface ConfigProblem {
  /** Name of the variable, or names of the several that contradict each other. */
  readonly variable: string;
  /** The fault, and a right value. */
  readonly message: string;
}

/** The settings cannot be used. Names all problems at once, so that the operator need not find them one start at a time. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, message }) => `  ${variable}: ${message}`);
    super(`The settings cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
