import type { SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

export const webhookSettings = {
  allowPrivate: {
    name: 'BKEND_WEBHOOK_ALLOW_PRIVATE',
    kind: 'boolean',
    default: false,
    description:
      'Whether webhooks may go to addresses that are not public, such as those of this machine and of its network.',
    roles: ['api', 'jobs'],
  },
} as const satisfies SettingRows;

export interface WebhooksConfig {
  /** Whether webhooks may go to addresses that are not public. */
  readonly allowPrivate: boolean;
}

export function parseWebhooks(settings: Settings): WebhooksConfig {
  return { allowPrivate: settings.boolean(webhookSettings.allowPrivate) };
}
