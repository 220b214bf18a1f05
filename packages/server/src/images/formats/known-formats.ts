/** Formats that are recognised and not read, so that an error can name them. */
export type UnreadFormat =
  | 'JPEG XL'
  | 'JPEG 2000'
  | 'PSD'
  | 'PDF'
  | 'PNM'
  | 'EPS'
  | 'OpenEXR'
  | 'Radiance HDR'
  | 'QOI'
  | 'DDS'
  | 'FITS'
  | 'camera RAW'
  | 'video';

type Test = (ascii: (from: number, to: number) => string) => boolean;
const begins = (...beginnings: readonly string[]): Test => {
  return (ascii) => beginnings.some((beginning) => ascii(0, beginning.length) === beginning);
};

/** By their first bytes, in the order in which they are tried. */
const signatures: readonly (readonly [UnreadFormat, Test])[] = [
  ['JPEG XL', begins('\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n')],
  ['JPEG 2000', begins('\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51')],
  ['PSD', begins('8BPS')],
  ['PDF', begins('%PDF-')],
  ['EPS', begins('%!PS', '\xc5\xd0\xd3\xc6')],
  ['PNM', (ascii) => /^P[1-7Ff][\s#]/.test(ascii(0, 3))],
  ['OpenEXR', begins('\x76\x2f\x31\x01')],
  ['Radiance HDR', begins('#?RADIANCE', '#?RGBE')],
  ['QOI', begins('qoif')],
  ['DDS', begins('DDS ')],
  ['FITS', begins('SIMPLE  =')],
  ['camera RAW', begins('FUJIFILMCCD-RAW', 'IIRO', 'IIRS', 'IIU\0')],
  [
    'video',
    (ascii) =>
      ascii(4, 8) === 'ftyp' ||
      ascii(0, 4) === '\x1aE\xdf\xa3' ||
      (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'AVI '),
  ],
];

/** The format of a file that no decoder here reads; undefined for an unknown one. */
export function detectUnread(bytes: Buffer): UnreadFormat | undefined {
  const ascii = (from: number, to: number) => bytes.toString('latin1', from, to);
  return signatures.find(([, test]) => test(ascii))?.[0];
}
