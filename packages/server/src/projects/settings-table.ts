import { parseOrigins } from './cors-origins.ts';
import type { Origins } from './origins.ts';
import { type Setting, trueOrFalse, wholeNumber } from './setting.ts';
import { parseTokenSettings, showTokenSettings, type TokenSettings } from './token-settings.ts';

const GiB = 1024 ** 3;
/** The largest object of any S3 that is known: 50 TiB. */
const largestFileBytes = 50 * 1024 * GiB;

/** A row with the type of its value. */
function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row;
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
      'origins whose pages may read answers of the API and pictures, and may use presigned URLs: `*`, or a list',
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
  'uploads.requireFileSize': setting<boolean>({
    description: 'an upload must announce its `fileSize`',
    defaultText: 'false',
    example: 'true',
    unset: () => false,
    parse: trueOrFalse,
  }),
  'quotas.openUploads': setting<number>({
    description: 'how many uploads one owner may have open',
    defaultText: '1,000',
    example: '100',
    unset: () => 1_000,
    parse: wholeNumber(0, 1_000_000),
  }),
  'quotas.openUploadBytes': setting<number>({
    description: 'how many bytes the open uploads of one owner may have together',
    defaultText: '100 GiB',
    example: '1073741824',
    unset: () => 100 * GiB,
    parse: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  }),
};

type Table = typeof settingsTable;
export type SettingName = keyof Table;

/** The settings of an environment that are in force, defaults filled in. */
export type EnvironmentSettings = {
  readonly [Name in SettingName]: ReturnType<Table[Name]['unset']>;
};

/** What an environment itself has set. */
export type OwnSettings = {
  readonly [Name in SettingName]?: ReturnType<Table[Name]['parse']>;
};

// Object.keys forgets the keys' type; this object has no others.
export const settingNames = Object.keys(settingsTable) as readonly SettingName[];
