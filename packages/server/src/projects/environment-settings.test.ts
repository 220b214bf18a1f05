import { categories, defaultLimits, StorageError, visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applySettingsChange,
  parseSettingsChange,
  readStoredSettings,
  settingsInForce,
  showSettings,
} from './environment-settings.ts';
import { settingNames } from './settings-table.ts';

const service = { limits: defaultLimits, corsOrigins: ['https://app.example.com'] };
const secret = 'x'.repeat(32);

/** The problems of an input, one line each. */
function issuesOf(input: Record<string, unknown>, by: 'operator' | 'admin' = 'operator'): string[] {
  try {
    parseSettingsChange(input, by);
    return [];
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const issues = error.details.issues as { field: string; message: string }[];
    return issues.map(({ field, message }) => `${field} ${message}`);
  }
}

describe('the settings of an environment', () => {
  it('are those of the service until it sets its own', () => {
    expect(settingsInForce({}, service)).toEqual({
      tokens: undefined,
      home: false,
      corsOrigins: ['https://app.example.com'],
      'uploads.maxFileBytes': defaultLimits.maxMultipartBytes,
      'uploads.minFileBytes': 1,
      'uploads.allowedTypes': undefined,
      'uploads.blockedTypes': [],
      ...Object.fromEntries(categories.map((category) => [`uploads.categories.${category}`, undefined])),
      'uploads.defaultVisibility': 'private',
      'uploads.allowedVisibilities': visibilities,
      'uploads.requireFileSize': false,
      'uploads.registerOnUpload': false,
      'uploads.checkContent': true,
      scanner: false,
      'scanner.tooLarge': 'refuse',
      avatars: true,
      tempLifeDays: 7,
      trashLifeDays: 7,
      'versions.keep': 0,
      'versions.days': undefined,
      'quotas.bytes': undefined,
      'quotas.files': undefined,
      'quotas.userBytes': undefined,
      'quotas.userFiles': undefined,
      'quotas.openUploads': 1_000,
      'quotas.openUploadBytes': 100 * 1024 ** 3,
    });
    const own = { 'uploads.minFileBytes': 0, corsOrigins: '*' } as const;
    expect(settingsInForce(own, service)).toMatchObject(own);
  });

  it('are read by their names, or as objects within objects', () => {
    const change = { 'uploads.maxFileBytes': 5, 'quotas.openUploads': null };
    expect(parseSettingsChange(change, 'operator')).toEqual(change);
    const nested = { uploads: { maxFileBytes: 5 }, quotas: { openUploads: null } };
    expect(parseSettingsChange(nested, 'operator')).toEqual(change);
  });

  it('are refused with all that is wrong at once', () => {
    const issues = issuesOf({
      colour: 'red',
      home: 'yes',
      corsOrigins: ['https://a.example', 'b.example', 'https://c.example/'],
      uploads: { maxFileBytes: 0, minFileBytes: '1', size: 3 },
      tokens: { secret: 'short', jwksUrl: 'ftp://x', key: 1 },
    });
    const fields = [
      'colour',
      'home',
      'corsOrigins',
      'uploads.maxFileBytes',
      'uploads.minFileBytes',
      'tokens',
    ];
    for (const field of fields) expect(issues.join('\n')).toContain(`${field} `);
    expect(issues).toHaveLength(11);
  });

  it.each([
    ['tokens', null],
    ['tokens', { secret }],
    ['tokens', { secret, previousSecret: secret, issuer: 'i', audience: 'a' }],
    ['tokens', { jwksUrl: 'https://id.example.com/jwks.json', audience: 'shop' }],
    ['corsOrigins', '*'],
    ['corsOrigins', []],
    ['corsOrigins', ['http://localhost:3000']],
    ['uploads.minFileBytes', 0],
  ])('take for %s %j', (name, value) => {
    expect(issuesOf({ [name]: value })).toEqual([]);
  });

  it.each([
    ['tokens', {}],
    ['tokens', 'secret'],
    ['tokens', [secret]],
    ['tokens', { secret: 'x'.repeat(31) }],
    ['tokens', { secret, previousSecret: '' }],
    ['tokens', { secret, jwksUrl: 'https://id.example.com' }],
    ['tokens', { jwksUrl: 'https://id.example.com', previousSecret: secret }],
    ['tokens', { jwksUrl: 'file:///etc/passwd' }],
    ['tokens', { jwksUrl: 'https://user:password@id.example.com' }],
    ['tokens', { secret: '********' }],
    ['corsOrigins', 'app.example.com'],
    ['corsOrigins', ['*']],
    ['corsOrigins', [7]],
    ['corsOrigins', Array.from({ length: 101 }, (_, index) => `https://${index}.example`)],
    ['uploads.maxFileBytes', -1],
    ['uploads.maxFileBytes', 1.5],
    ['uploads.maxFileBytes', '5'],
    ['uploads.maxFileBytes', Number.NaN],
    ['uploads.requireFileSize', 'true'],
    ['__proto__.polluted', true],
    ['constructor', {}],
  ])('refuse for %s %j', (name, value) => {
    expect(issuesOf({ [name]: value })).not.toEqual([]);
  });

  it('that contradict each other are refused, whichever of them is changed', () => {
    const change =
      (input: Record<string, unknown>, own = {}) =>
      () =>
        applySettingsChange(own, parseSettingsChange(input, 'operator'), service);
    expect(change({ 'uploads.minFileBytes': 10, 'uploads.maxFileBytes': 9 })).toThrow(
      /minFileBytes is larger/,
    );
    expect(change({ 'uploads.minFileBytes': 10 }, { 'uploads.maxFileBytes': 9 })).toThrow(/minFileBytes/);
    expect(change({ 'uploads.maxFileBytes': null }, { 'uploads.maxFileBytes': 9 })()).toEqual({});
  });

  it('that are the operator’s are refused to an admin', () => {
    expect(issuesOf({ home: true }, 'admin')).toHaveLength(1);
    expect(issuesOf({ home: true })).toEqual([]);
  });

  it('show no secret', () => {
    const tokens = { secret, previousSecret: 'y'.repeat(32), issuer: 'https://id.example.com' };
    const shown = showSettings(settingsInForce({ tokens }, service));
    expect(JSON.stringify(shown)).not.toMatch(/x{32}|y{32}/);
    expect(shown.tokens).toEqual({ ...tokens, secret: '********', previousSecret: '********' });
  });

  it('come back from the database as they were set, and whatever else is there is passed over', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...settingNames, 'new'), fc.jsonValue()), (stored) => {
        const read = readStoredSettings(stored);
        expect(readStoredSettings(JSON.parse(JSON.stringify(read)))).toEqual(read);
        expect(() => settingsInForce(read, service)).not.toThrow();
      }),
    );
  });
});
