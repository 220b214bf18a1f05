import { type ListeningConfig, urlOf, urlSettings } from './listening.ts';
import { hostRoles, objectsClients } from './role-table.ts';
import type { SettingRows, TextSetting } from './setting.ts';
import type { Settings } from './settings.ts';

/** The object store that bytes are kept in. */
export type ObjectsConfig =
  | {
      readonly kind: 'embedded';
      readonly host: string;
      readonly port: number;
      /** URL by which the other roles reach the store. */
      readonly endpoint: string;
      /** URL by which clients reach the store; presigned URLs begin with it. */
      readonly publicUrl: string;
      readonly region: string;
      readonly bucket: string;
      readonly forcePathStyle: true;
    }
  | {
      readonly kind: 's3';
      /** Absent for AWS itself. */
      readonly endpoint?: string;
      /** URL by which clients reach the store when that differs from the endpoint. */
      readonly publicUrl?: string;
      readonly region: string;
      readonly bucket: string;
      /** Absent: the AWS credential chain. */
      readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
      readonly forcePathStyle: boolean;
    };

const defaultRegion = 'us-east-1';
const embeddedBucket = 'bkend';

/** S3 user guide, "General purpose bucket naming rules"; other stores allow capitals and underscores too. */
const bucketPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

export const objectsSettings = {
  bucket: {
    name: 'S3_BUCKET',
    kind: 'text',
    defaultText: 'unset: the embedded object store',
    description: 'Bucket that files are kept in; created if the credentials allow it.',
    roles: objectsClients,
  },
  endpoint: {
    name: 'S3_ENDPOINT',
    kind: 'url',
    mayHavePath: false,
    defaultText: 'AWS',
    description: 'URL of any other S3.',
    roles: objectsClients,
  },
  region: {
    name: 'S3_REGION',
    kind: 'text',
    default: defaultRegion,
    description: 'Region of the bucket.',
    roles: objectsClients,
  },
  accessKeyId: {
    name: 'S3_ACCESS_KEY_ID',
    kind: 'text',
    defaultText: 'the AWS credential chain',
    description: 'Access key of the S3; set together with `S3_SECRET_ACCESS_KEY`.',
    roles: objectsClients,
  },
  secretAccessKey: {
    name: 'S3_SECRET_ACCESS_KEY',
    kind: 'secret',
    defaultText: 'the AWS credential chain',
    description: 'Secret of the access key; set together with `S3_ACCESS_KEY_ID`.',
    roles: objectsClients,
  },
  forcePathStyle: {
    name: 'S3_FORCE_PATH_STYLE',
    kind: 'boolean',
    defaultText: '`true` with `S3_ENDPOINT`, else `false`',
    description: 'Whether the bucket stands in the path of URLs rather than in the host name.',
    roles: objectsClients,
  },
  embeddedRegion: {
    name: 'BKEND_REGION',
    kind: 'text',
    default: defaultRegion,
    description: 'Region of the embedded object store.',
    roles: hostRoles,
  },
} as const satisfies SettingRows;

const { embeddedRegion: _, ...s3Settings } = objectsSettings;

export function parseObjects(settings: Settings, listening: ListeningConfig): ObjectsConfig {
  const set = Object.values(s3Settings).flatMap((setting) => (settings.isSet(setting) ? [setting.name] : []));
  if (set.length === 0) {
    const region = parseRegion(settings, objectsSettings.embeddedRegion);
    const { host, port, publicUrl } = listening;
    const endpoint = urlOf(host, port);
    return {
      kind: 'embedded',
      host,
      port,
      endpoint,
      publicUrl,
      region,
      bucket: embeddedBucket,
      forcePathStyle: true,
    };
  }
  const region = parseRegion(settings, objectsSettings.region);
  if (settings.isSet(objectsSettings.embeddedRegion)) {
    settings.report(
      objectsSettings.embeddedRegion.name,
      'is for the embedded store; with S3_BUCKET set use S3_REGION.',
    );
  }
  const endpoint = settings.url(objectsSettings.endpoint);
  const credentials = parseCredentials(settings);
  return {
    kind: 's3',
    ...(endpoint !== undefined && { endpoint }),
    ...(settings.isSet(urlSettings.objects) && { publicUrl: listening.publicUrl }),
    region,
    bucket: parseBucket(settings, set),
    ...(credentials && { credentials }),
    // Stores at another endpoint seldom have a host name for every bucket; AWS wants one.
    forcePathStyle: settings.boolean(
      objectsSettings.forcePathStyle,
      settings.isSet(objectsSettings.endpoint),
    ),
  };
}

function parseRegion(settings: Settings, setting: TextSetting & { readonly default: string }): string {
  const region = settings.text(setting);
  if (!/^[A-Za-z0-9-]{1,63}$/.test(region)) {
    settings.report(setting.name, `${JSON.stringify(region)} is not a region such as ${defaultRegion}.`);
  }
  return region;
}

/** @param set names of the S3 settings that are set. */
function parseBucket(settings: Settings, set: readonly string[]): string {
  const bucket = settings.text(objectsSettings.bucket);
  if (bucket === undefined) {
    settings.report(
      'S3_BUCKET',
      `is missing, though ${set.join(', ')} ${set.length > 1 ? 'are' : 'is'} set; name the bucket to keep files in.`,
    );
    return '';
  }
  if (!bucketPattern.test(bucket)) {
    settings.report(
      'S3_BUCKET',
      `${JSON.stringify(bucket)} is not a bucket's name: 3 to 63 letters, digits, "-" and ".".`,
    );
  }
  return bucket;
}

function parseCredentials(settings: Settings) {
  const accessKeyId = settings.text(objectsSettings.accessKeyId);
  const secretAccessKey = settings.secret(objectsSettings.secretAccessKey);
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  const [missing, present] =
    accessKeyId === undefined
      ? ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']
      : ['S3_SECRET_ACCESS_KEY', 'S3_ACCESS_KEY_ID'];
  settings.report(
    missing,
    `is missing, though ${present} is set; give both, or neither to use the AWS credential chain.`,
  );
  return undefined;
}
