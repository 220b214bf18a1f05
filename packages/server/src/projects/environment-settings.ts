import { categories, invalidParameters, type ParameterIssue } from '@bkend/storage-contract';
import { InvalidSetting, type ServiceDefaults } from './setting.ts';
import {
  type EnvironmentSettings,
  type OwnSettings,
  type SettingName,
  settingNames,
  settingsTable,
} from './settings-table.ts';

/** Upper bound of reported problems. */
const maxIssues = 20;

/** A validated change of settings: a value is set, null resets to the default. */
export type SettingsChange = { readonly [Name in SettingName]?: OwnSettings[Name] | null };

/** The settings in force in an environment: its own, else the service's defaults. */
export function settingsInForce(own: OwnSettings, service: ServiceDefaults): EnvironmentSettings {
  const entries = settingNames.map((name) => [name, own[name] ?? settingsTable[name].unset(service)]);
  // Each value comes from the row of its name, or from its own check.
  return Object.fromEntries(entries) as EnvironmentSettings;
}

/** The settings for an answer: secrets masked. */
export function showSettings(settings: EnvironmentSettings): Record<SettingName, unknown> {
  const entries = settingNames.map((name) => {
    const value = settings[name];
    // The row's `show` takes what the row of the same name parses.
    const show = settingsTable[name].show as ((value: unknown) => unknown) | undefined;
    return [name, value === undefined ? null : show === undefined ? value : show(value)];
  });
  return Object.fromEntries(entries);
}

/**
 * Parses a change of settings: names with dots, or nested objects; null for the default.
 * @param by settings for operators alone are refused to an admin
 * @throws `common/invalid-parameters` with every problem in `details.issues`
 */
export function parseSettingsChange(
  input: Readonly<Record<string, unknown>>,
  by: 'operator' | 'admin',
): SettingsChange {
  const issues: ParameterIssue[] = [];
  const change: Partial<Record<SettingName, unknown>> = {};
  for (const [name, value] of flatten(input)) {
    const known = settingNames.find((each) => each === name);
    const report = (message: string) => issues.push({ field: name.slice(0, 128), message });
    if (known === undefined) report('is no setting');
    else if (by === 'admin' && settingsTable[known].operatorOnly) {
      report('is set by the operator: "bkend-storage environments set"');
    } else {
      try {
        change[known] = value === null ? null : settingsTable[known].parse(value);
      } catch (error) {
        if (!(error instanceof InvalidSetting)) throw error;
        for (const problem of error.problems) report(problem);
      }
    }
  }
  if (issues.length > 0) throw invalidParameters(issues.slice(0, maxIssues));
  // Every value has passed the row of its name.
  return change as SettingsChange;
}

/**
 * Applies a change to an environment's own settings.
 * @returns its own settings afterwards
 * @throws `common/invalid-parameters` when settings contradict each other
 */
export function applySettingsChange(
  own: OwnSettings,
  change: SettingsChange,
  service: ServiceDefaults,
): OwnSettings {
  const kept = Object.entries({ ...own, ...change }).filter(([, value]) => value !== null);
  // Entries of settings and of a change of settings, without the nulls.
  const changed = Object.fromEntries(kept) as OwnSettings;
  const force = settingsInForce(changed, service);
  const issues = [...contradictionsIn(force)];
  if (issues.length > 0) throw invalidParameters(issues.slice(0, maxIssues));
  return changed;
}

/** Settings that no file could meet together. */
function* contradictionsIn(settings: EnvironmentSettings): Generator<ParameterIssue> {
  const smallest = settings['uploads.minFileBytes'];
  const largest = settings['uploads.maxFileBytes'];
  if (smallest > largest) {
    yield { field: 'uploads.minFileBytes', message: `is larger than uploads.maxFileBytes (${largest})` };
  }
  for (const category of categories) {
    const { maxFileBytes } = settings[`uploads.categories.${category}`] ?? {};
    if (maxFileBytes !== undefined && maxFileBytes < smallest) {
      const message = `has a maxFileBytes smaller than uploads.minFileBytes (${smallest})`;
      yield { field: `uploads.categories.${category}`, message };
    }
  }
  const allowed = settings['uploads.allowedVisibilities'];
  if (!allowed.includes(settings['uploads.defaultVisibility'])) {
    const message = `is not among uploads.allowedVisibilities (${allowed.join(', ')})`;
    yield { field: 'uploads.defaultVisibility', message };
  }
}

/** Parses stored settings; names that this version does not have, and values that it refuses, are ignored. */
export function readStoredSettings(stored: Readonly<Record<string, unknown>>): OwnSettings {
  const entries = settingNames.flatMap((name) => {
    const value = stored[name];
    if (value === undefined || value === null) return [];
    try {
      return [[name, settingsTable[name].parse(value)]];
    } catch {
      return [];
    }
  });
  // Each value has passed the row of its name.
  return Object.fromEntries(entries) as OwnSettings;
}

function* flatten(input: Readonly<Record<string, unknown>>, prefix = ''): Generator<[string, unknown]> {
  for (const [part, value] of Object.entries(input)) {
    const name = prefix + part;
    const isGroup = settingNames.some((each) => each.startsWith(`${name}.`));
    if (isGroup && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      yield* flatten(Object.fromEntries(Object.entries(value)), `${name}.`);
    } else yield [name, value];
  }
}
