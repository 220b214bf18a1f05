import type { Config } from '../../config/config.ts';
import { type HostName, hostTitle, publicHosts } from '../../config/role-table.ts';
import { packageFile } from '../../package-file.ts';
import type { FirstKeys } from '../../roles/role.ts';
import type { CommandContext } from '../command-context.ts';

/** The values that roles have for the first start, as their processes answer when they are asked. */
export interface FirstStart {
  /** The first API keys, from the API. */
  readonly keys?: unknown;
  /** The one-time link of the first owner, from the console. */
  readonly setupUrl?: unknown;
}

/**
 * Prints the addresses of the service, and on the first start the link of the console's first owner, and the keys with commands
 * to try.
 */
export function showBanner({ config, print }: CommandContext, { keys, setupUrl }: FirstStart): void {
  const addresses = [
    '',
    'bkend storage is ready.',
    '',
    ...publicHosts.flatMap((host) => {
      const url = clientUrl(host, config);
      const title = hostTitle(host).replace(/^./, (first) => first.toUpperCase());
      return url === undefined ? [] : [`  ${title.padEnd(7)}  ${url}`];
    }),
    '',
    ...(typeof setupUrl === 'string' ? firstOwner(setupUrl) : []),
  ];
  if (!isFirstKeys(keys)) {
    print(addresses.join('\n'));
    return;
  }
  const [presign, upload, register] = sampleCommands({
    apiUrl: config.api.publicUrl,
    imagesUrl: config.images.publicUrl,
    secretKey: keys.secret,
    sample: packageFile('assets/sample.jpg'),
  });
  print(
    [
      ...addresses,
      'Your API keys. They are not shown again; "bkend-storage keys create" makes more.',
      '',
      `  ${keys.publishable}   publishable: for apps, may be public`,
      `  ${keys.secret}   secret: for your own servers, may do everything`,
      '',
      'To try it, paste these into a terminal, one after another. FILE can be any file, TYPE its MIME type.',
      '',
      '1. Ask where to upload:',
      presign,
      '',
      '2. Upload, straight to storage:',
      upload,
      '',
      '3. Register the file, and get the URL of a smaller rendition of it:',
      register,
      '',
    ].join('\n'),
  );
}

function firstOwner(setupUrl: string): readonly string[] {
  return [
    'Open this link once, within 30 minutes, to become the owner of the console:',
    '',
    `  ${setupUrl}`,
    '',
  ];
}

/** Returns the URL by which clients reach a host; undefined for objects that are kept by AWS. */
function clientUrl(host: HostName, config: Config): string | undefined {
  if (host === 'objects') return config.objects.publicUrl ?? config.objects.endpoint;
  return config[host].publicUrl;
}

function isFirstKeys(value: unknown): value is FirstKeys {
  return typeof value === 'object' && value !== null && 'publishable' in value && 'secret' in value;
}

interface SampleOptions {
  readonly apiUrl: string;
  readonly imagesUrl: string;
  readonly secretKey: string;
  /** Absolute path of a JPEG. */
  readonly sample: string;
}

/**
 * Three commands that upload a public image: presign, PUT, register. They run in bash and zsh, for a file of any name and size,
 * and need curl and node alone, which writes and reads the JSON. They begin with a space, which keeps the key out of the history
 * of many shells, and have no comments, which an interactive zsh would run.
 */
function sampleCommands(options: SampleOptions): readonly [string, string, string] {
  const { apiUrl, imagesUrl, secretKey, sample } = options;
  const post = (path: string) =>
    `curl -sS ${quote(apiUrl + path)} -H "X-API-Key: $KEY" -H 'Content-Type: application/json' -d @-`;
  const presign = `
  FILE=${quote(sample)} TYPE='image/jpeg'
  KEY=${quote(secretKey)}
  UPLOAD=$(
    node -p 'JSON.stringify({ filename: path.basename(process.argv[1]), contentType: process.argv[2],
      fileSize: fs.statSync(process.argv[1]).size, visibility: "public" })' "$FILE" "$TYPE" |
    ${post('/v1/files/presigned-url')}
  ); printf '%s\\n' "$UPLOAD"`;
  const upload = `
  curl -sS -g -T "$FILE" -H "Content-Type: $TYPE" "$(node -p 'JSON.parse(process.argv[1]).url' "$UPLOAD")"`;
  const register = `
  node -p 'const { key, filename, contentType } = JSON.parse(process.argv[1]);
    JSON.stringify({ s3Key: key, originalName: filename, mimeType: contentType,
      size: fs.statSync(process.argv[2]).size })' "$UPLOAD" "$FILE" |
    ${post('/v1/files')} &&
    node -p '"\\n${imagesUrl}/fit-in/300x200/" + JSON.parse(process.argv[1]).key' "$UPLOAD"`;
  return [presign, upload, register];
}

/** A shell word that stands for the text literally. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
