import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultLimits } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { settingsInForce } from '../../projects/environment-settings.ts';
import { isText } from './detect-type.ts';
import { checkedBytesOf, requireContent } from './require-content.ts';

const directory = join(import.meta.dirname, '../../../test/content');
const samples = new Map(
  ['audio', 'documents', 'images', 'video'].flatMap((room) =>
    readdirSync(join(directory, room)).map(
      (name) => [name, readFileSync(join(directory, room, name))] as const,
    ),
  ),
);
const sample = (name: string) => {
  const bytes = samples.get(name);
  if (bytes === undefined) throw new Error(`There is no sample ${name}.`);
  return bytes;
};

const movie = [
  'video/mp4',
  'video/x-m4v',
  'video/quicktime',
  'video/3gpp',
  'audio/mp4',
  'audio/x-m4a',
  'audio/m4a',
];
const heif = ['image/heic', 'image/heif', 'image/avif'];
const matroska = ['video/webm', 'audio/webm', 'video/x-matroska', 'audio/x-matroska'];
const ogg = ['audio/ogg', 'video/ogg', 'application/ogg', 'audio/opus'];
const windowsMedia = ['audio/x-ms-wma', 'video/x-ms-wmv', 'video/x-ms-asf'];
const ooxml = 'application/vnd.openxmlformats-officedocument';
const office = [
  'application/zip',
  `${ooxml}.wordprocessingml.document`,
  `${ooxml}.spreadsheetml.sheet`,
  `${ooxml}.presentationml.presentation`,
  'application/vnd.oasis.opendocument.text',
  'application/epub+zip',
  'application/msword',
  'application/vnd.ms-excel',
  'application/x-hwp',
];
const zips = [
  ...office,
  'application/x-zip-compressed',
  'application/java-archive',
  'application/vnd.android.package-archive',
  'application/vnd.hancom.hwpx',
];

/** The types, of all in this table, that each sample may be announced as. */
const equivalent: Readonly<Record<string, readonly string[]>> = {
  'tone.mp3': ['audio/mpeg', 'audio/mp3', 'audio/x-mp3', 'audio/aac'],
  'tone.m4a': [...movie, 'audio/aac'],
  'tone.wav': ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  'tone.aiff': ['audio/aiff', 'audio/x-aiff'],
  'tone.flac': ['audio/flac', 'audio/x-flac'],
  'tone.ogg': ogg,
  'tone.opus': ogg,
  'tone.webm': matroska,
  'tone.mka': matroska,
  'tone.wma': windowsMedia,
  'film.mp4': [...movie, 'audio/aac'],
  'film.mov': [...movie, 'audio/aac'],
  'film.m4v': [...movie, 'audio/aac'],
  'film.3gp': [...movie, 'audio/aac'],
  'film.webm': matroska,
  'film.mkv': matroska,
  'film.avi': ['video/x-msvideo', 'video/avi', 'video/vnd.avi'],
  'film.ogv': ogg,
  'film.m2ts': ['video/mp2t', 'video/mpeg'],
  'film.mpg': ['video/mpeg'],
  'film.flv': ['video/x-flv'],
  'film.wmv': windowsMedia,
  'photo.jpg': ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  'photo.png': ['image/png', 'image/apng', 'image/x-icon', 'image/vnd.microsoft.icon'],
  'photo.gif': ['image/gif'],
  'photo.webp': ['image/webp'],
  'photo.tiff': ['image/tiff', 'image/x-adobe-dng'],
  'photo.bmp': ['image/bmp', 'image/x-ms-bmp', 'image/x-icon', 'image/vnd.microsoft.icon'],
  'photo.ico': ['image/x-icon', 'image/vnd.microsoft.icon'],
  'photo.heic': heif,
  'photo.avif': heif,
  'photo.jp2': ['image/jp2'],
  'drawing.svgz': ['image/svg+xml', 'application/gzip', 'application/x-gzip', 'application/x-tar'],
  'document.pdf': ['application/pdf', 'application/postscript'],
  'letter.docx': zips,
  'table.xlsx': zips,
  'slides.pptx': zips,
  'book.epub': zips,
  'code.jar': zips,
  'text.odt': zips,
  'old.doc': office,
};
/** Samples of which nothing is known for certain. */
const unknown = ['untagged.mp3', 'tone.aac', 'tone.ac3', 'photo.ppm'];
const alwaysBelieved = ['application/octet-stream', 'application/x-own', 'model/x-own'];
const binaryTypes = [...new Set(Object.values(equivalent).flat())];

describe('a sample of every kind', () => {
  it('is in the table, or known to be unknown', () => {
    const known = [...Object.keys(equivalent), ...unknown, 'photo.eps'];
    expect([...samples.keys()].sort()).toEqual(known.sort());
  });

  it.each(Object.entries(equivalent))(
    '%s passes as its equivalents, and as nothing else',
    async (name, types) => {
      const taken = [];
      for (const type of [...binaryTypes, ...alwaysBelieved, 'text/plain', 'application/json']) {
        const refusal = await requireContent(type, sample(name)).catch((error) => error);
        if (refusal === undefined) taken.push(type);
        else {
          expect(refusal).toMatchObject({ code: 'file/content-mismatch', details: { mimeType: type } });
          expect(refusal.details.storedMimeType).not.toBe(type);
        }
      }
      expect(taken.sort()).toEqual([...types, ...alwaysBelieved].sort());
    },
  );

  it.each(unknown)('%s passes as anything', async (name) => {
    for (const type of [...binaryTypes, 'text/plain']) await requireContent(type, sample(name));
  });

  it('passes however few of its bytes there are', async () => {
    for (const [name, types] of Object.entries(equivalent)) {
      for (const count of [0, 1, 2, 3, 8, 12, 16, 32, 64, 300, 1_000]) {
        await requireContent(types[0] ?? '', sample(name).subarray(0, count));
      }
    }
  });
});

describe('text', () => {
  const texts: readonly Uint8Array[] = [
    Buffer.from('hello\r\n'),
    Buffer.from('<!doctype html><script>alert(1)</script>'),
    Buffer.from('﻿{"a": 1}'),
    Buffer.from('안녕하세요'.repeat(1_000)).subarray(0, 4_100),
    Buffer.from('\ufeffline\r\n', 'utf16le'),
    Buffer.from('BMW is a car, MZ a motorcycle, and ID3 a tag'),
    Buffer.from('GIF89a is a format'),
  ];
  const textTypes = [
    'text/plain',
    'text/csv',
    'application/json',
    'application/xml',
    'text/html',
    'image/svg+xml',
  ];
  const formerlyText = [
    'application/vnd.ms-excel',
    'application/msword',
    'video/mp2t',
    'audio/x-mpegurl',
    'image/x-xpixmap',
  ];

  it.each(texts.map((text) => [Buffer.from(text).toString('latin1').slice(0, 20), text]))(
    '%s is refused as a binary kind, and passes as text',
    async (_, text) => {
      expect(isText(text as Uint8Array)).toBe(true);
      for (const type of [...textTypes, ...formerlyText, ...alwaysBelieved]) {
        await requireContent(type, text as Uint8Array);
      }
      for (const type of [
        'image/jpeg',
        'video/mp4',
        'audio/mpeg',
        'application/pdf',
        `${ooxml}.wordprocessingml.document`,
      ]) {
        const refused = requireContent(type, text as Uint8Array);
        await expect(refused, type).rejects.toMatchObject({ details: { mimeType: type } });
      }
    },
  );

  it('in a binary format passes as that format', async () => {
    await requireContent('application/pdf', Buffer.from('%PDF-1.4\n1 0 obj << >> endobj\n'));
    await requireContent('application/pdf', Buffer.from('\n\n%PDF-1.4\n1 0 obj << >> endobj\n'));
    await requireContent('application/postscript', sample('photo.eps'));
    await requireContent('image/x-eps', sample('photo.eps'));
    await expect(requireContent('image/png', sample('photo.eps'))).rejects.toThrow();
    await requireContent('application/msword', Buffer.from('{\\rtf1 text}'));
    await requireContent('model/stl', Buffer.from('solid cube\nfacet normal 0 0 0\n'));
  });

  it('of fewer than 4 bytes, and binary text, pass as anything', async () => {
    for (const bytes of [Buffer.from('png'), Buffer.from([0, 1, 2, 3, 4]), Buffer.alloc(100)]) {
      await requireContent('image/png', bytes);
    }
  });
});

describe('other evidence', () => {
  const executable = Buffer.alloc(512);
  executable.write('MZ', 'latin1');
  executable.writeUInt32LE(0x80, 0x3c);
  executable.write('PE\0\0', 0x80, 'latin1');

  it('is that of programs, in two bytes and what confirms them', async () => {
    for (const type of ['image/png', 'image/x-own', 'text/plain', 'application/pdf']) {
      await expect(requireContent(type, executable)).rejects.toMatchObject({
        details: { storedMimeType: 'application/x-msdownload' },
      });
    }
    await requireContent('application/vnd.microsoft.portable-executable', executable);
    await requireContent('image/png', executable.fill(1, 0x80, 0x84));
  });

  it('is another medium, of a type without a known signature', async () => {
    await expect(requireContent('image/x-own', sample('film.mp4'))).rejects.toThrow();
    await requireContent('image/x-own', sample('photo.png'));
    await requireContent('image/x-own', sample('letter.docx'));
    await requireContent('audio/x-own', sample('film.webm'));
  });

  it('is not found in random bytes: fewer than one in 10,000 is refused', async () => {
    let refused = 0;
    for (let count = 0; count < 3_000; count += 1) {
      await requireContent('image/png', randomBytes(64)).catch(() => {
        refused += 1;
      });
    }
    expect(refused).toBeLessThanOrEqual(1);
  });

  it('is looked for where the environment checks, in types of which something is known', () => {
    const service = { limits: defaultLimits, corsOrigins: '*' } as const;
    const settings = settingsInForce({}, service);
    expect(checkedBytesOf(settings, 'image/PNG; a=b')).toBe(4_100);
    expect(checkedBytesOf(settings, 'application/octet-stream')).toBe(0);
    expect(checkedBytesOf(settingsInForce({ 'uploads.checkContent': false }, service), 'image/png')).toBe(0);
  });
});
