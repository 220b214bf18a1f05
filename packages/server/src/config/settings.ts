import type { ConfigProblem } from './config-error.ts';
import type { Env } from './env.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface UrlRules {
  readonly mayHavePath: boolean;
  readonly mayHaveQuery?: boolean;
}

/**
 * Reads variables one by one and collects what is wrong with them, instead of stopping at the first.
 * A variable that is set to nothing counts as not set, as in a compose file with `VALUE: ${VALUE:-}`.
 * Where a value is wrong, its fallback is returned so that reading can go on.
 */
export class Settings {
  readonly problems: ConfigProblem[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  report(variable: string, message: string): void {
    this.problems.push({ variable, message });
  }

  isSet(variable: string): boolean {
    return this.text(variable) !== undefined;
  }

  text(variable: string): string | undefined {
    const value = this.#env[variable]?.trim();
    return value === '' ? undefined : value;
  }

  /** A secret goes as it is, blanks and all. */
  secret(variable: string): string | undefined {
    const value = this.#env[variable];
    return value === '' ? undefined : value;
  }

  integer(variable: string, fallback: number, bounds: Bounds): number {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= bounds.min && number <= bounds.max) return number;
    this.report(
      variable,
      `${quote(value)} is not a whole number from ${bounds.min} to ${bounds.max} (default ${fallback}).`,
    );
    return fallback;
  }

  boolean(variable: string, fallback: boolean): boolean {
    const value = this.text(variable)?.toLowerCase();
    if (value === undefined) return fallback;
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    this.report(variable, `${quote(value)} is neither "true" nor "false".`);
    return fallback;
  }

  choice<const Choice extends string>(
    variable: string,
    fallback: Choice,
    choices: readonly Choice[],
  ): Choice {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      this.report(variable, `${quote(value)} is not one of ${choices.join(', ')} (default ${fallback}).`);
    return found ?? fallback;
  }

  /** An http or https URL without credentials or hash; comes back without a slash at its end. */
  url(variable: string, options: UrlRules): string | undefined {
    const value = this.text(variable);
    if (value === undefined) return undefined;
    const wrong = whatIsWrongWithUrl(value, options);
    if (wrong === undefined) return value.replace(/\/+$/, '');
    this.report(variable, `${quote(hidePassword(value))} ${wrong}`);
    return undefined;
  }
}

/** Values are shown, so that a typing error is seen; secrets never come here. */
function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
}

function whatIsWrongWithUrl(value: string, options: UrlRules): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(value)) {
    return 'is not a URL that begins with http:// or https://.';
  }
  if (url.username !== '' || url.password !== '') return 'must not carry a user or password.';
  if (value.includes('#')) return 'must not have a hash.';
  if (value.includes('?') && options.mayHaveQuery !== true) return 'must not have a query.';
  if (!options.mayHavePath && url.pathname !== '/') {
    return 'must not have a path: signed URLs begin at the root of the host.';
  }
  return undefined;
}

function hidePassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}
