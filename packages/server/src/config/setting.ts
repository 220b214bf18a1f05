import type { RoleName } from './role-table.ts';

interface SettingRow {
  /** Name of the environment variable. */
  readonly name: string;
  /** One sentence for `docs/settings.md`. */
  readonly description: string;
  /** The default in words, where it depends on other settings or on the installation. */
  readonly defaultText?: string;
  /** Roles whose process is given the variable. */
  readonly roles: readonly RoleName[];
}

export interface IntegerSetting extends SettingRow {
  readonly kind: 'integer';
  readonly default?: number;
  readonly min: number;
  readonly max: number;
  readonly unit?: Unit;
}

export type Unit = 'bytes' | 'seconds' | 'pixels' | 'requests a minute' | 'port';

export interface BooleanSetting extends SettingRow {
  readonly kind: 'boolean';
  readonly default?: boolean;
}

export interface ChoiceSetting<Choice extends string = string> extends SettingRow {
  readonly kind: 'choice';
  readonly default: Choice;
  readonly choices: readonly Choice[];
}

export interface TextSetting extends SettingRow {
  readonly kind: 'text';
  readonly default?: string;
}

export interface UrlSetting extends SettingRow {
  readonly kind: 'url';
  /** Whether the URL may have a path. */
  readonly mayHavePath: boolean;
  readonly mayHaveQuery?: boolean;
}

/** A text that is never shown, neither in messages nor in logs; blanks at its ends count. */
export interface SecretSetting extends SettingRow {
  readonly kind: 'secret';
}

/**
 * One environment variable. Parsing, the environment of each role's process, `serve --help` and `docs/settings.md` derive from
 * its row.
 */
export type Setting =
  | IntegerSetting
  | BooleanSetting
  | ChoiceSetting
  | TextSetting
  | UrlSetting
  | SecretSetting;

/** The settings that one module parses, by their name in code. */
export type SettingRows = Readonly<Record<string, Setting>>;
