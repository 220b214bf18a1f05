import { tryCommands } from './try-commands.ts';

export interface BannerOptions {
  /** As clients see them. */
  readonly urls: { readonly api: string; readonly objects?: string; readonly images: string };
  /** On the first start only: they cannot be shown again. */
  readonly keys?: { readonly publishable: string; readonly secret: string };
  /** The file that the commands to try send. */
  readonly sample: string;
}

/** What is shown when the service is ready. */
export function banner({ urls, keys, sample }: BannerOptions): string {
  const addresses = [
    '',
    'bkend storage is ready.',
    '',
    `  API      ${urls.api}`,
    ...(urls.objects === undefined ? [] : [`  Objects  ${urls.objects}`]),
    `  Images   ${urls.images}`,
    '',
  ];
  if (keys === undefined) return addresses.join('\n');
  const [presign, upload, register] = tryCommands({ urls, secretKey: keys.secret, sample });
  return [
    ...addresses,
    'Your keys. They are not shown again; "bkend-storage keys create" makes more.',
    '',
    `  ${keys.publishable}   publishable: for apps, anybody may see it`,
    `  ${keys.secret}   secret: for your own servers, it may do everything`,
    '',
    'To try it, paste these into a terminal, one after another. FILE can be any file, TYPE its MIME type.',
    '',
    '1. Ask where to upload:',
    presign,
    '',
    '2. Upload, straight to storage:',
    upload,
    '',
    '3. Register the file, and get the address of a smaller picture of it:',
    register,
    '',
  ].join('\n');
}
