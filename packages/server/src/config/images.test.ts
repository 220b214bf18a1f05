import { describe, expect, it } from 'vitest';
import { parseImages } from './images.ts';
import { Settings } from './settings.ts';

function parse(env: Record<string, string>) {
  const settings = new Settings(env);
  return { config: parseImages(settings), problems: settings.problems };
}

describe('the settings of images', () => {
  it('leave everything open when nothing is set', () => {
    const { config, problems } = parse({});
    expect(config).toMatchObject({ presets: {}, presetsOnly: false, signedOnly: false, clientHints: false });
    expect(problems).toEqual([]);
  });

  it('look for faces by default', () => {
    expect(parse({}).config.faces).toBe('auto');
    expect(parse({ BKEND_IMAGE_FACES: 'off' }).config.faces).toBe('off');
    expect(parse({ BKEND_IMAGE_FACES: 'yes' }).problems).toMatchObject([{ variable: 'BKEND_IMAGE_FACES' }]);
  });

  it.each([
    [{}, false],
    [{ BKEND_IMAGES_URL: 'https://images.example' }, true],
    [
      {
        ...{ BKEND_IMAGES_URL: 'https://images.example', BKEND_IMAGE_SIGNED_ONLY: 'true' },
        BKEND_IMAGE_SIGNING_KEY: 'key',
      },
      false,
    ],
    [{ BKEND_IMAGES_URL: 'https://images.example', BKEND_IMAGE_ADDRESSES: 'false' }, false],
    [{ BKEND_IMAGE_ADDRESSES: 'true' }, true],
  ])('%j: downloads of public files are their addresses: %s', (env, expected) => {
    expect(parse(env).config.hasPublicAddresses).toBe(expected);
  });

  it('read presets by name', () => {
    const { config, problems } = parse({
      BKEND_IMAGE_PRESETS: 'thumb=fit-in/300x300; hero=/1200x600/smart/filters:quality(70)/ ;',
      BKEND_IMAGE_SIZES: '300x200, 600x0',
    });
    expect(problems).toEqual([]);
    expect(config.presets).toEqual({ thumb: 'fit-in/300x300', hero: '1200x600/smart/filters:quality(70)' });
    expect(config.allowedSizes).toEqual(['300x200', '600x0']);
  });

  it.each([
    [{ BKEND_IMAGE_PRESETS: 'thumb' }, 'BKEND_IMAGE_PRESETS'],
    [{ BKEND_IMAGE_PRESETS: 'thumb=nothing' }, 'BKEND_IMAGE_PRESETS'],
    [{ BKEND_IMAGE_PRESETS: 'thumb=300x200/filters:quality(x)' }, 'BKEND_IMAGE_PRESETS'],
    [{ BKEND_IMAGE_PRESETS_ONLY: 'true' }, 'BKEND_IMAGE_PRESETS_ONLY'],
    [{ BKEND_IMAGE_SIGNED_ONLY: 'true' }, 'BKEND_IMAGE_SIGNED_ONLY'],
    [{ BKEND_IMAGE_SIZES: '300' }, 'BKEND_IMAGE_SIZES'],
    [{ BKEND_IMAGE_TICKET_SECRET: 'short' }, 'BKEND_IMAGE_TICKET_SECRET'],
  ])('name the variable that is wrong in %o', (env, variable) => {
    expect(parse(env as Record<string, string>).problems).toEqual([
      { variable, message: expect.any(String) },
    ]);
  });
});
