import { defaultLimits, StorageError } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { applySettingsChange, parseSettingsChange } from './environment-settings.ts';

const service = { limits: defaultLimits, corsOrigins: '*' } as const;

function issuesOf(input: Record<string, unknown>): unknown {
  try {
    applySettingsChange({}, parseSettingsChange(input, 'operator'), service);
  } catch (error) {
    if (error instanceof StorageError) return error.details.issues;
    throw error;
  }
  return [];
}

describe('the settings of uploads', () => {
  it('name every problem at once', () => {
    const issues = issuesOf({
      'uploads.allowedTypes': ['image', 'image/png', '*/*'],
      'uploads.defaultVisibility': 'secret',
      'uploads.allowedVisibilities': ['private', 'mine'],
      uploads: {
        categories: { images: { maxFileBytes: 0, blockedTypes: 'svg', colour: 'red' }, photos: {} },
      },
    });
    expect(issues).toMatchObject([
      { field: 'uploads.allowedTypes', message: expect.stringContaining('"image"') },
      { field: 'uploads.allowedTypes', message: expect.stringContaining('"*/*"') },
      { field: 'uploads.defaultVisibility' },
      { field: 'uploads.allowedVisibilities', message: expect.stringContaining('"mine"') },
      { field: 'uploads.categories.images', message: expect.stringContaining('"maxFileBytes"') },
      { field: 'uploads.categories.images', message: expect.stringContaining('"blockedTypes"') },
      { field: 'uploads.categories.images', message: expect.stringContaining('"colour"') },
      { field: 'uploads.categories.photos', message: 'is no setting' },
    ]);
  });

  it('name every contradiction at once', () => {
    const issues = issuesOf({
      'uploads.minFileBytes': 100,
      'uploads.maxFileBytes': 10,
      'uploads.categories.images': { maxFileBytes: 50 },
      'uploads.allowedVisibilities': 'public,shared',
    });
    expect(issues).toMatchObject([
      { field: 'uploads.minFileBytes' },
      { field: 'uploads.categories.images' },
      { field: 'uploads.defaultVisibility' },
    ]);
  });

  it('are lists or texts with commas, in lower case and each once', () => {
    const parsed = parseSettingsChange(
      { 'uploads.allowedTypes': 'Image/*, application/pdf,image/*' },
      'admin',
    );
    expect(parsed['uploads.allowedTypes']).toEqual(['image/*', 'application/pdf']);
  });
});
