import { type ListeningConfig, urlOf } from './listening.ts';
import type { Settings } from './settings.ts';

/** Where the bytes are. */
export type ObjectsConfig =
  | {
      readonly kind: 'embedded';
      readonly host: string;
      readonly port: number;
      /** Where the other roles reach the store. */
      readonly endpoint: string;
      /** Where clients reach it; what presigned URLs begin with. */
      readonly publicUrl: string;
      readonly region: string;
      readonly bucket: string;
      readonly forcePathStyle: true;
    }
  | {
      readonly kind: 's3';
      /** Absent for AWS itself. */
      readonly endpoint?: string;
      /** Where clients reach the store when that differs from the endpoint. */
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
const s3Variables = [
  'S3_ENDPOINT',
  'S3_REGION',
  'S3_BUCKET',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'S3_FORCE_PATH_STYLE',
] as const;

export function parseObjects(settings: Settings, listening: ListeningConfig): ObjectsConfig {
  const given = s3Variables.filter((variable) => settings.isSet(variable));
  const region = parseRegion(settings, given.length > 0 ? 'S3_REGION' : 'BKEND_REGION');
  if (given.length === 0) {
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
  const endpoint = settings.url('S3_ENDPOINT', { mayHavePath: false });
  const credentials = parseCredentials(settings);
  return {
    kind: 's3',
    ...(endpoint !== undefined && { endpoint }),
    ...(settings.isSet('BKEND_OBJECTS_URL') && { publicUrl: listening.publicUrl }),
    region,
    bucket: parseBucket(settings, given),
    ...(credentials && { credentials }),
    // Stores at an address of their own seldom have a host name for every bucket; AWS wants one.
    forcePathStyle: settings.boolean('S3_FORCE_PATH_STYLE', settings.isSet('S3_ENDPOINT')),
  };
}

function parseRegion(settings: Settings, variable: 'S3_REGION' | 'BKEND_REGION'): string {
  const region = settings.text(variable) ?? defaultRegion;
  if (!/^[A-Za-z0-9-]{1,63}$/.test(region)) {
    settings.report(variable, `${JSON.stringify(region)} is not a region such as ${defaultRegion}.`);
  }
  if (variable === 'S3_REGION' && settings.isSet('BKEND_REGION')) {
    settings.report('BKEND_REGION', 'is for the embedded store; with S3_BUCKET set use S3_REGION.');
  }
  return region;
}

function parseBucket(settings: Settings, given: readonly string[]): string {
  const bucket = settings.text('S3_BUCKET');
  if (bucket === undefined) {
    settings.report(
      'S3_BUCKET',
      `is missing, though ${given.join(', ')} ${given.length > 1 ? 'are' : 'is'} set; name the bucket to keep files in.`,
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
  const accessKeyId = settings.text('S3_ACCESS_KEY_ID');
  const secretAccessKey = settings.secret('S3_SECRET_ACCESS_KEY');
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
