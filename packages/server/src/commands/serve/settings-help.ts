import { settingsSections } from '../../config/all-settings.ts';
import { formatDefault } from '../../config/describe-setting.ts';

/** The settings of the service with their defaults, for `serve --help`. */
export const settingsHelp = `
Settings are environment variables, every one with a default; docs/settings.md describes them all:
${settingsSections.flatMap(describeSection).join('\n')}`;

function describeSection({ title, settings, isInHelp }: (typeof settingsSections)[number]): string[] {
  if (!isInHelp) return [];
  return [
    `\n${title}:`,
    ...settings.map(
      (setting) => `  ${setting.name.padEnd(30)}  ${formatDefault(setting).replaceAll('`', '')}`,
    ),
  ];
}
