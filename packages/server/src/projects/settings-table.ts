import { type Origins, type Visibility, visibilities } from '@bkend/storage-contract';
import { parseOrigins } from './cors-origins.ts';
import { type Setting, trueOrFalse, wholeNumber } from './setting.ts';
import { parseTokenSettings, showTokenSettings, type TokenSettings } from './token-settings.ts';
import {
  categoryRows,
  largestFileBytes,
  parseTooLarge,
  parseTypes,
  parseVisibilities,
  parseVisibility,
  type TooLarge,
  type TypePatterns,
} from './upload-settings.ts';

const GiB = 1024 ** 3;
const daySeconds = 24 * 60 * 60;

/** Types a row by its value. */
function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row;
}

/** A row of a number that is not limited unless it is set. */
function quota(description: string, example: string): Setting<number | undefined> {
  return {
    description,
    defaultText: 'no limit',
    example,
    unset: () => undefined,
    parse: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  };
}

/**
 * Every setting of an environment, in the order in which they are shown. Validation, the command line, the admin API and the
 * documentation derive from this table; adding a setting is adding a row.
 */
export const settingsTable = {
  tokens: setting<TokenSettings | undefined>({
    description:
      'how access tokens are verified: `{"secret", "previousSecret"?, "issuer"?, "audience"?}` or `{"jwksUrl", "issuer"?, "audience"?}`',
    defaultText: 'by `JWT_…`, or by a secret of its own that is generated',
    example: '\'{"jwksUrl":"https://id.example.com/jwks.json","audience":"shop"}\'',
    unset: () => undefined,
    parse: parseTokenSettings,
    show: showTokenSettings,
  }),
  home: setting<boolean>({
    description:
      'takes service-wide tokens that name no environment; one environment is home, and `home=true` moves it here',
    defaultText: '`default/dev`',
    example: 'true',
    unset: () => false,
    parse: trueOrFalse,
    operatorOnly: true,
  }),
  corsOrigins: setting<Origins>({
    description:
      'origins whose pages may read responses of the API and images, and may use presigned URLs: `*`, or a list',
    defaultText: '`BKEND_CORS_ORIGINS`',
    example: 'https://shop.example.com,https://admin.example.com',
    unset: ({ corsOrigins }) => corsOrigins,
    parse: parseOrigins,
  }),
  'uploads.maxFileBytes': setting<number>({
    description: 'the largest file, in bytes, announced or not, single or multipart',
    defaultText: '`BKEND_MAX_MULTIPART_BYTES`',
    example: '10485760',
    unset: ({ limits }) => limits.maxMultipartBytes,
    parse: wholeNumber(1, largestFileBytes),
  }),
  'uploads.minFileBytes': setting<number>({
    description: 'the smallest file, in bytes; 0 allows empty files',
    defaultText: '1',
    example: '0',
    unset: () => 1,
    parse: wholeNumber(0, largestFileBytes),
  }),
  'uploads.allowedTypes': setting<TypePatterns | undefined>({
    description: 'types that files may have, such as `image/*,application/pdf`',
    defaultText: 'all',
    example: 'image/*,application/pdf',
    unset: () => undefined,
    parse: parseTypes,
  }),
  'uploads.blockedTypes': setting<TypePatterns>({
    description: 'types that files may not have, allowed or not',
    defaultText: 'none',
    example: 'text/html,image/svg+xml',
    unset: () => [],
    parse: parseTypes,
  }),
  ...categoryRows,
  'uploads.defaultVisibility': setting<Visibility>({
    description: 'the visibility of files whose upload names none',
    defaultText: '`private`',
    example: 'public',
    unset: () => 'private',
    parse: parseVisibility,
  }),
  'uploads.allowedVisibilities': setting<readonly Visibility[]>({
    description: 'visibilities that files may be given; files that have another one keep it',
    defaultText: 'all',
    example: 'private,shared',
    unset: () => visibilities,
    parse: parseVisibilities,
  }),
  'uploads.requireFileSize': setting<boolean>({
    description: 'an upload must announce its `fileSize`',
    defaultText: 'false',
    example: 'true',
    unset: () => false,
    parse: trueOrFalse,
  }),
  'uploads.registerOnUpload': setting<boolean>({
    description:
      'files are registered by themselves once their bytes are in storage, for apps that do not register',
    defaultText: 'false',
    example: 'true',
    unset: () => false,
    parse: trueOrFalse,
  }),
  'uploads.checkContent': setting<boolean>({
    description:
      'bytes that are evidently of another kind than announced are refused: another known signature, or text announced as a binary kind',
    defaultText: 'true; environments made before there was this setting have false',
    example: 'false',
    unset: () => true,
    parse: trueOrFalse,
  }),
  scanner: setting<boolean>({
    description:
      'files are scanned by the daemon of `BKEND_CLAMD_URL` before anyone gets their bytes; those that it refuses are removed',
    defaultText: 'false',
    example: 'true',
    unset: () => false,
    parse: trueOrFalse,
  }),
  'scanner.tooLarge': setting<TooLarge>({
    description: 'files that are larger than the daemon takes: `refuse`, or `pass` without a scan',
    defaultText: '`refuse`',
    example: 'pass',
    unset: () => 'refuse',
    parse: parseTooLarge,
  }),
  'quotas.bytes': quota('largest sum of bytes of all files, with trash and versions', '107374182400'),
  'quotas.files': quota('largest number of files, with those in the trash', '1000000'),
  'quotas.userBytes': quota(
    'the same of the files of one owner; what a secret key alone uploads counts for no owner',
    '1073741824',
  ),
  'quotas.userFiles': quota('largest number of files of one owner, with those in the trash', '1000'),
  'quotas.openUploads': setting<number>({
    description: 'largest number of open uploads of one owner',
    defaultText: '1,000',
    example: '100',
    unset: () => 1_000,
    parse: wholeNumber(0, 1_000_000),
  }),
  'quotas.openUploadBytes': setting<number>({
    description: 'largest sum of bytes of the open uploads of one owner',
    defaultText: '100 GiB',
    example: '1073741824',
    unset: () => 100 * GiB,
    parse: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  }),
  avatars: setting<boolean>({
    description: 'users have avatars, which are public files',
    defaultText: 'true',
    example: 'false',
    unset: () => true,
    parse: trueOrFalse,
  }),
  tempLifeDays: setting<number>({
    description: 'days after which a file of category `temp` is deleted for good',
    defaultText: '`BKEND_TEMP_FILE_LIFE_SECONDS`, 7 days',
    example: '1',
    unset: ({ limits }) => limits.tempFileLifeSeconds / daySeconds,
    parse: wholeNumber(1, 36_500),
  }),
  trashLifeDays: setting<number>({
    description: 'days that a file stays in the trash before it is deleted for good; 0 keeps none',
    defaultText: '7',
    example: '30',
    unset: () => 7,
    parse: wholeNumber(0, 36_500),
  }),
  'versions.keep': setting<number>({
    description: 'former contents of a file that are kept when others replace them; 0 keeps none',
    defaultText: '0',
    example: '10',
    unset: () => 0,
    parse: wholeNumber(0, 100),
  }),
  'versions.days': setting<number | undefined>({
    description: 'days for which former contents are kept',
    defaultText: 'no limit',
    example: '90',
    unset: () => undefined,
    parse: wholeNumber(1, 36_500),
  }),
};

type Table = typeof settingsTable;
export type SettingName = keyof Table;

/** The settings in force in an environment, defaults filled in. */
export type EnvironmentSettings = {
  readonly [Name in SettingName]: ReturnType<Table[Name]['unset']>;
};

/** The settings that an environment has set itself. */
export type OwnSettings = {
  readonly [Name in SettingName]?: ReturnType<Table[Name]['parse']>;
};

// Object.keys forgets the keys' type; this object has no others.
export const settingNames = Object.keys(settingsTable) as readonly SettingName[];
