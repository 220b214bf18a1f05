import type { Origins } from '@bkend/storage-contract';
import { hostRoles } from './role-table.ts';
import type { SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

export const corsSettings = {
  allowed: {
    name: 'BKEND_CORS_ORIGINS',
    kind: 'text',
    default: '*',
    description:
      'Origins whose pages may read the API and images and use presigned URLs, with commas: `https://app.example.com`.',
    roles: hostRoles,
  },
} as const satisfies SettingRows;

/** Origins of environments that set none of their own. */
export function parseCorsOrigins(settings: Settings): Origins {
  const text = settings.text(corsSettings.allowed);
  if (text === '*') return '*';
  const origins = text.split(',').map((origin) => origin.trim());
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      settings.report(
        corsSettings.allowed.name,
        `${JSON.stringify(origin)} is not an origin such as https://app.example.com; give "*" or a list with commas.`,
      );
    }
  }
  return origins;
}
