import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { photograph, plain } from '../sample-images.ts';
import { pixelAt, Shown, sizeOf } from './shown.ts';

const shown = new Shown();
afterAll(() => shown[Symbol.asyncDispose]());

const svgType = 'image/svg+xml';
const drawing =
  '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="#f00"/></svg>';
const prefixed = (prefix: string) =>
  drawing.replaceAll(/<(\/?)(svg|rect)/g, `<$1${prefix}:$2`).replace('xmlns=', `xmlns:${prefix}=`);
const entities = Array.from(
  { length: 60 },
  (_, index) => `<!ENTITY ns_${index} "http://example.com/${index}/">`,
).join('\n');

const drawings: Readonly<Record<string, Buffer>> = {
  plain: Buffer.from(drawing),
  'behind a licence': Buffer.from(`<?xml version="1.0"?>\n<!-- ${'word '.repeat(2_000)} -->\n${drawing}`),
  'behind 200 KiB of comments': Buffer.from(`${`<!-- ${'x'.repeat(1_000)} -->\n`.repeat(200)}${drawing}`),
  'behind the entities of Illustrator': Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><!-- it's > made -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [${entities}<!-- don't ] > -->]>${drawing}`,
  ),
  'with a prefix': Buffer.from(prefixed('svg')),
  'with a prefix of a serialiser': Buffer.from(`<?xml version='1.0'?>${prefixed('ns0')}`),
  'in UTF-16, little end first': Buffer.from(
    `\ufeff<?xml version="1.0" encoding="UTF-16"?>${drawing}`,
    'utf16le',
  ),
  'in UTF-16, big end first': Buffer.from(`\ufeff${drawing}`, 'utf16le').swap16(),
  'in UTF-8 with a mark': Buffer.from(`\ufeff${drawing}`),
  'in Latin-1': Buffer.from(
    `<?xml version="1.0" encoding="ISO-8859-1"?><!-- caf\xe9 -->${drawing}`,
    'latin1',
  ),
  compressed: gzipSync(drawing),
  'compressed behind a licence': gzipSync(`<!-- ${'word '.repeat(20_000)} -->${drawing}`),
};

describe('a drawing', () => {
  it.each(Object.entries(drawings))('is drawn: %s', async (_, bytes) => {
    const answer = await shown.get(bytes, svgType, '15x10/filters:format(png)');
    expect([await sizeOf(answer), await pixelAt(answer, 7, 5)]).toEqual([
      '15x10',
      expect.arrayContaining([255, 0, 0]),
    ]);
  });

  it.each([
    ['text about <svg', Buffer.from(`<p>about</p>${drawing}`)],
    ['HTML with a drawing', Buffer.from(`<!DOCTYPE html><html>${drawing}</html>`)],
    ['compressed text', gzipSync('no drawing')],
    ['4 MiB that grow to more', gzipSync(`${drawing}${' '.repeat(5 * 1024 * 1024)}`)],
  ])('is not seen in %s', async (_, bytes) => {
    expect((await shown.ask(bytes, svgType, '10x10')).status).toBe(400);
  });

  it.each([
    [
      '7100x7100',
      '<svg xmlns="http://www.w3.org/2000/svg" width="7100" height="7100"><rect width="7100" height="7100" fill="#00f"/></svg>',
      '300x300',
    ],
    [
      '10000x6000',
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10000 6000"><rect width="10000" height="6000" fill="#00f"/></svg>',
      '300x180',
    ],
  ])('has no pixels until it is drawn: %s', async (_, svg, size) => {
    const answer = await shown.get(Buffer.from(svg), svgType, 'fit-in/300x300/filters:format(png)');
    expect([await sizeOf(answer), (await pixelAt(answer, 150, 90)).slice(0, 3)]).toEqual([size, [0, 0, 255]]);
    const part = await shown.get(Buffer.from(svg), svgType, '0.5x0.5:1x1/100x60/filters:format(png)');
    expect(await sizeOf(part)).toBe('100x60');
  });

  it('is sharp where a part of it is enlarged', async () => {
    const circle = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><path d="M0 0H20V40H0z"/><path d="M20 0H40V40H20z" fill="#fff"/></svg>',
    );
    const answer = await shown.get(circle, svgType, '10x10:30x30/400x/filters:upscale():format(png)');
    expect(await sizeOf(answer)).toBe('400x400');
    expect([(await pixelAt(answer, 196, 200))[0], (await pixelAt(answer, 203, 200))[0]]).toEqual([0, 255]);
  });
});

const reasonOf = async (answer: Response) => {
  const { error } = (await answer.json()) as {
    error: { code: string; message: string; details: Record<string, unknown> };
  };
  return { status: answer.status, ...error };
};

describe('an image that is not shown', () => {
  it('has its reason: damaged, of an unknown format, of a format that is not read', async () => {
    const photo = await photograph(200, 150);
    const damaged = await reasonOf(
      await shown.ask(photo.subarray(0, photo.length / 2), 'image/jpeg', '10x10'),
    );
    expect(damaged).toMatchObject({
      status: 400,
      code: 'file/invalid-format',
      details: { reason: 'damaged', format: 'JPEG' },
    });
    const unknown = await reasonOf(
      await shown.ask(Buffer.from('nothing that is known at all'), 'image/jpeg', '10x10'),
    );
    expect(unknown).toMatchObject({ status: 400, details: { reason: 'unknown-format' } });
  });

  const bytesOf = (text: string) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(64)]);
  it.each([
    ['PSD', bytesOf('8BPS\0\x01')],
    ['PDF', bytesOf('%PDF-1.7\n')],
    ['JPEG XL', bytesOf('\xff\x0a\x20\x30\x40\x50')],
    ['JPEG 2000', bytesOf('\0\0\0\x0cjP  \r\n\x87\n')],
    ['EPS', bytesOf('%!PS-Adobe-3.0 EPSF-3.0\n')],
    ['PNM', bytesOf('P6\n10 10\n255\n')],
  ])('names its format: %s', async (format, bytes) => {
    const answer = await reasonOf(await shown.ask(bytes, 'image/x-any', '10x10'));
    expect(answer).toMatchObject({ status: 415, code: 'file/unsupported-image', details: { format } });
    expect(answer.message).toContain(format);
  });
});

describe('a JPEG without its end mark', () => {
  it.each([
    ['baseline', {}],
    ['progressive', { progressive: true }],
  ])('is shown when all of its pixels are there: %s', async (_, options) => {
    const whole = await sharp(await plain('teal', 64, 64))
      .jpeg(options)
      .toBuffer();
    for (const missing of [1, 2]) {
      const answer = await shown.get(whole.subarray(0, -missing), 'image/jpeg', '32x32/filters:format(png)');
      const [r = 0, g = 0, b = 0] = await pixelAt(answer, 31, 31);
      expect([r < 8, Math.abs(g - 128) < 8, Math.abs(b - 128) < 8]).toEqual([true, true, true]);
    }
  });

  it('is refused when some are missing', async () => {
    const photo = await photograph(200, 150);
    for (const share of [0.3, 0.6, 0.95]) {
      const cut = photo.subarray(0, Math.floor(photo.length * share));
      expect((await shown.ask(cut, 'image/jpeg', '100x')).status, String(share)).toBe(400);
    }
  });
});
