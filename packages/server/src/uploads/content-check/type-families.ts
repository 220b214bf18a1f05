// Longer than most files for its table, which has a line for each type of a long row.
import { supportedMimeTypes } from 'file-type';

/**
 * Types whose bytes begin alike, or that programs announce for one another. Two types that share a row are equivalent; a type may be
 * in several rows, and one in none is equivalent to itself alone.
 */
const families: readonly (readonly string[])[] = [
  ['image/jpeg', 'image/jpg', 'image/pjpeg', 'image/x-jpeg', 'image/mpo'],
  ['image/png', 'image/apng', 'image/x-png', 'image/vnd.mozilla.apng'],
  ['image/x-icon', 'image/vnd.microsoft.icon', 'image/ico', 'image/icon'],
  ['image/bmp', 'image/x-bmp', 'image/x-ms-bmp', 'image/x-windows-bmp'],
  ['image/gif'],
  ['image/webp'],
  // AVIF and HEIC share a container whose major brand may be that of either.
  [
    'image/heic',
    'image/heif',
    'image/heic-sequence',
    'image/heif-sequence',
    'image/avif',
    'image/avif-sequence',
  ],
  [
    'image/jp2',
    'image/jpx',
    'image/jpm',
    'image/j2c',
    'image/jpeg2000',
    'image/jpeg2000-image',
    'video/mj2',
    'image/mj2',
  ],
  ['image/jxr', 'image/vnd.ms-photo'],
  [
    'image/tiff',
    'image/tif',
    'image/x-tiff',
    'image/dng',
    'image/x-adobe-dng',
    'image/x-canon-cr2',
    'image/x-canon-cr3',
    'image/x-dcraw',
    'image/x-epson-erf',
    'image/x-fujifilm-raf',
    'image/x-fuji-raf',
    'image/x-nikon-nef',
    'image/x-olympus-orf',
    'image/x-panasonic-raw',
    'image/x-panasonic-rw2',
    'image/x-pentax-pef',
    'image/x-raw',
    'image/x-samsung-srw',
    'image/x-sony-arw',
  ],
  [
    'image/vnd.adobe.photoshop',
    'image/psd',
    'image/photoshop',
    'image/x-photoshop',
    'image/x-psd',
    'application/photoshop',
    'application/psd',
    'application/x-photoshop',
  ],
  [
    'video/mp4',
    'video/x-m4v',
    'video/m4v',
    'video/quicktime',
    'video/3gpp',
    'video/3gpp2',
    'video/x-f4v',
    'audio/mp4',
    'audio/m4a',
    'audio/x-m4a',
    'audio/x-m4b',
    'audio/x-m4p',
    'audio/mp4a-latm',
    'audio/aac',
    'audio/x-aac',
    'audio/3gpp',
    'audio/3gpp2',
    'application/mp4',
  ],
  ['video/webm', 'audio/webm', 'video/matroska', 'video/x-matroska', 'audio/matroska', 'audio/x-matroska'],
  [
    'audio/ogg',
    'video/ogg',
    'application/ogg',
    'audio/opus',
    'audio/x-opus+ogg',
    'audio/vorbis',
    'audio/x-vorbis+ogg',
    'audio/speex',
    'audio/x-flac+ogg',
  ],
  ['audio/flac', 'audio/x-flac'],
  [
    'audio/mpeg',
    'audio/mp3',
    'audio/x-mp3',
    'audio/mpeg3',
    'audio/x-mpeg-3',
    'audio/x-mpeg',
    'audio/mpg',
    'audio/x-mpg',
    'audio/mp2',
    'audio/aac',
    'audio/aacp',
    'audio/x-aac',
  ],
  ['audio/wav', 'audio/wave', 'audio/x-wav', 'audio/vnd.wave', 'audio/x-pn-wav'],
  ['audio/aiff', 'audio/x-aiff'],
  ['audio/midi', 'audio/mid', 'audio/x-midi', 'audio/x-mid', 'audio/sp-midi'],
  ['audio/amr', 'audio/amr-wb'],
  ['audio/vnd.dolby.dd-raw', 'audio/ac3', 'audio/eac3'],
  ['audio/ape', 'audio/x-ape'],
  ['audio/wavpack', 'audio/x-wavpack'],
  ['video/vnd.avi', 'video/avi', 'video/msvideo', 'video/x-msvideo'],
  [
    'application/vnd.ms-asf',
    'video/x-ms-asf',
    'audio/x-ms-asf',
    'video/x-ms-wmv',
    'audio/x-ms-wma',
    'video/x-ms-wm',
  ],
  ['video/x-flv', 'video/flv'],
  ['video/mpeg', 'video/mp1s', 'video/mp2p', 'video/x-mpeg', 'video/mpg', 'video/dvd'],
  ['video/mp2t', 'video/vnd.dlna.mpeg-tts', 'video/mpeg'],
  // Adobe Illustrator writes PDF.
  [
    'application/pdf',
    'application/x-pdf',
    'application/illustrator',
    'application/postscript',
    'application/eps',
  ],
  ['application/postscript', 'application/eps', 'image/x-eps', 'image/eps'],
  [
    'application/zip',
    'application/x-zip',
    'application/x-zip-compressed',
    'application/java-archive',
    'application/x-java-archive',
    'application/vnd.android.package-archive',
    'application/x-ios-app',
    'application/x-xpinstall',
    'application/vnd.apple.keynote',
    'application/vnd.apple.numbers',
    'application/vnd.apple.pages',
    'application/vnd.google-earth.kmz',
    'application/vnd.visio',
    'application/x-krita',
    'image/openraster',
    'model/3mf',
    'model/vnd.usdz+zip',
    'application/vnd.hancom.hwpx',
    'application/haansofthwpx',
    'application/vnd.comicbook+zip',
    'application/x-cbz',
  ],
  // Office documents: zip, or with a password and in older versions OLE compound files, whatever their extension says.
  [
    'application/zip',
    'application/x-cfb',
    'application/msword',
    'application/vnd.ms-excel',
    'application/vnd.ms-powerpoint',
    'application/vnd.ms-outlook',
    'application/vnd.ms-project',
    'application/vnd.ms-works',
    'application/vnd.visio',
    'application/x-msi',
    'application/x-hwp',
    'application/haansofthwp',
    'application/vnd.hancom.hwp',
  ],
  // Word writes RTF under the name of a document.
  ['application/rtf', 'text/rtf', 'application/x-rtf', 'application/msword'],
  [
    'application/gzip',
    'application/x-gzip',
    'application/x-tgz',
    'application/x-compressed',
    'application/x-compressed-tar',
    'application/x-tar',
    'application/tar+gzip',
    // SVG files are stored compressed as well.
    'image/svg+xml',
  ],
  ['application/x-tar', 'application/tar', 'application/x-gtar'],
  ['application/x-bzip2', 'application/x-bzip', 'application/bzip2', 'application/x-tar'],
  ['application/x-xz', 'application/x-tar'],
  ['application/zstd', 'application/x-zstd', 'application/x-zstandard'],
  ['application/x-7z-compressed'],
  ['application/x-rar-compressed', 'application/vnd.rar', 'application/x-rar', 'application/x-cbr'],
  ['application/x-sqlite3', 'application/vnd.sqlite3', 'application/x-sqlite'],
  ['application/vnd.apache.parquet', 'application/x-parquet'],
  [
    'font/ttf',
    'font/otf',
    'font/woff',
    'font/woff2',
    'font/sfnt',
    'font/collection',
    'application/font-woff',
    'application/font-woff2',
    'application/font-sfnt',
    'application/x-font-ttf',
    'application/x-font-otf',
    'application/x-font-woff',
    'application/x-font-opentype',
    'application/x-font-truetype',
    'application/vnd.ms-opentype',
    'application/vnd.ms-fontobject',
  ],
  [
    'application/x-msdownload',
    'application/vnd.microsoft.portable-executable',
    'application/x-dosexec',
    'application/x-msdos-program',
    'application/x-ms-dos-executable',
    'application/exe',
    'application/x-exe',
  ],
  [
    'application/x-elf',
    'application/x-executable',
    'application/x-sharedlib',
    'application/x-object',
    'application/x-pie-executable',
  ],
];

/** Types of one kind by the form of their name: office documents, and what RFC 6839 calls zip. */
const zipShape =
  /^application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument|sun\.xml)\.|\+zip$|macroenabled(?:\.12)?$/;

/** Types of text, beside `text/*`, `+json`, `+xml` and `+yaml`. */
const textTypes: ReadonlySet<string> = new Set([
  'application/eps',
  'application/ecmascript',
  'application/graphql',
  'application/javascript',
  'application/json',
  'application/json5',
  'application/jsonl',
  'application/mbox',
  'application/ndjson',
  'application/pgp-encrypted',
  'application/pgp-signature',
  'application/postscript',
  'application/rtf',
  'application/sql',
  'application/toml',
  'application/typescript',
  'application/vnd.apple.mpegurl',
  'application/x-csh',
  'application/x-httpd-php',
  'application/x-javascript',
  'application/x-jsonlines',
  'application/x-latex',
  'application/x-mpegurl',
  'application/x-ms-regedit',
  'application/x-ndjson',
  'application/x-pem-file',
  'application/x-rtf',
  'application/x-sh',
  'application/x-shellscript',
  'application/x-sql',
  'application/x-subrip',
  'application/x-tex',
  'application/x-typescript',
  'application/x-yaml',
  'application/xml',
  'application/yaml',
  'audio/mpegurl',
  'audio/x-mpegurl',
  'audio/x-scpls',
  'image/eps',
  'image/x-eps',
  'model/obj',
  'model/stl',
  'video/vnd.mpegurl',
]);
const textShape = /^text\/|\+(?:json|xml|yaml)$/;

/** Types that are announced for text as well: CSV and HTML with Office installed, TypeScript, and images that have a form in text. */
const alsoText: ReadonlySet<string> = new Set([
  'application/msword',
  'application/vnd.ms-excel',
  'video/mp2t',
  'video/vnd.dlna.mpeg-tts',
  'image/vnd.dxf',
  'image/x-portable-anymap',
  'image/x-portable-bitmap',
  'image/x-portable-graymap',
  'image/x-portable-pixmap',
  'image/x-xbitmap',
  'image/x-xbm',
  'image/x-xpixmap',
  'image/x-xpm',
]);

const rowsByType = new Map<string, readonly number[]>();
for (const [row, types] of families.entries()) {
  for (const type of types) rowsByType.set(type, [...(rowsByType.get(type) ?? []), row]);
}
const zipRows = rowsByType.get('application/zip') ?? [];
const signatures: ReadonlySet<string> = new Set([...supportedMimeTypes].map((type) => type.toLowerCase()));

/** Whether the bytes of a type are text. @param type lower case, without parameters */
export function isTextType(type: string): boolean {
  return textShape.test(type) || textTypes.has(type);
}

/** Whether text is no evidence against a type. */
export function mayBeText(type: string): boolean {
  return isTextType(type) || alsoText.has(type) || !isBinaryType(type);
}

/** Whether it is known how the bytes of a type begin, and that they are not text. */
function isBinaryType(type: string): boolean {
  return (
    !isTextType(type) && (rowsOf(type).length > 0 || signatures.has(type) || mediumOf(type) !== undefined)
  );
}

/** Whether anything is known that bytes of this type cannot be. */
export function isKnownType(type: string): boolean {
  return isTextType(type) || isBinaryType(type);
}

/**
 * Whether bytes that have the signature of one type may be announced as another.
 * @param announced lower case, without parameters
 * @param detected a type that the signature library knows; lower case, without parameters
 */
export function areEquivalent(announced: string, detected: string): boolean {
  if (announced === detected || !isKnownType(announced)) return true;
  if (isTextType(announced) && isTextType(detected)) return true;
  const rows = rowsOf(detected);
  if (insideIcons.has(detected) && areEquivalent(announced, 'image/x-icon')) return true;
  if (rowsOf(announced).some((row) => rows.includes(row))) return true;
  if (isTextType(announced) || rowsOf(announced).length > 0 || signatures.has(announced)) return false;
  // An image, sound or film of a kind without a known signature may have any container, and is of no other medium.
  const medium = mediumOf(detected);
  return !executables.has(detected) && (medium === undefined || medium === mediumOf(announced));
}

/** Icons of sites are often one of these under the name of an icon. */
const insideIcons: ReadonlySet<string> = new Set(['image/png', 'image/bmp']);

const executables: ReadonlySet<string> = new Set([
  'application/x-elf',
  'application/x-mach-binary',
  'application/x-msdownload',
]);

function mediumOf(type: string): string | undefined {
  const [medium] = type.split('/');
  if (medium === 'audio') return 'video';
  return medium === 'image' || medium === 'video' || medium === 'font' ? medium : undefined;
}

function rowsOf(type: string): readonly number[] {
  return rowsByType.get(type) ?? (zipShape.test(type) ? zipRows : []);
}
