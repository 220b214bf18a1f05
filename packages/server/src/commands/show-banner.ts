import { packageFile } from '../package-file.ts';
import type { FirstKeys } from '../roles/role.ts';
import { banner } from './banner.ts';
import type { CommandContext } from './command.ts';

/**
 * Prints the addresses, and the first keys where these are some.
 * @param keys what a role answered when it was asked for them, perhaps in another process
 */
export function showBanner({ config, print }: CommandContext, keys: unknown): void {
  const objects = config.objects.publicUrl ?? config.objects.endpoint;
  print(
    banner({
      urls: {
        api: config.api.publicUrl,
        ...(objects !== undefined && { objects }),
        images: config.images.publicUrl,
      },
      ...(isFirstKeys(keys) && { keys }),
      sample: packageFile('assets/sample.jpg'),
    }),
  );
}

function isFirstKeys(value: unknown): value is FirstKeys {
  return typeof value === 'object' && value !== null && 'publishable' in value && 'secret' in value;
}
