import { type Category, categories, StorageError, typesOfCategory } from '@bkend/storage-contract';

/** `type/subtype` and parameters, RFC 9110 section 8.3.1. `*` is for ranges and not part of a type. */
const token = "[A-Za-z0-9!#$%&'+.^_`|~-]+";
const mimeTypePattern = new RegExp(
  `^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[ !#-\\[\\]-~]*"))*$`,
);

/**
 * Types that a browser shows without running scripts; every other type is an attachment. Listed by name and not by family:
 * browsers take every `…/…+xml` for a document, `image/x+xml` too, and run its scripts.
 */
const inlineTypes: ReadonlySet<string> = new Set([
  ...[
    ...[
      'jpeg',
      'jpg',
      'pjpeg',
      'png',
      'apng',
      'gif',
      'webp',
      'avif',
      'avif-sequence',
      'heic',
      'heic-sequence',
    ],
    ...['heif', 'heif-sequence', 'bmp', 'x-ms-bmp', 'tiff', 'jxl', 'jp2', 'x-icon', 'vnd.microsoft.icon'],
  ].map((subtype) => `image/${subtype}`),
  ...[
    ...['mpeg', 'mp3', 'mp4', 'x-m4a', 'm4a', 'aac', 'aacp', 'ogg', 'opus', 'webm', 'flac', 'x-flac'],
    ...['wav', 'wave', 'x-wav', 'vnd.wave', '3gpp', '3gpp2', 'amr', 'aiff', 'x-aiff', 'midi'],
  ].map((subtype) => `audio/${subtype}`),
  ...[
    'mp4',
    'mpeg',
    'webm',
    'ogg',
    'quicktime',
    'x-m4v',
    '3gpp',
    '3gpp2',
    'x-matroska',
    'x-msvideo',
    'mp2t',
  ].map((subtype) => `video/${subtype}`),
  'application/pdf',
  'text/plain',
]);

/**
 * Refuses a text that is not a MIME type.
 * @throws `file/mime-type-too-long`, `file/invalid-format`
 */
export function requireMimeType(mimeType: string, maxBytes: number): void {
  if (Buffer.byteLength(mimeType) > maxBytes) {
    throw new StorageError('file/mime-type-too-long', `A MIME type has at most ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  }
  if (!mimeTypePattern.test(mimeType)) {
    throw new StorageError(
      'file/invalid-format',
      'This is not a MIME type: it should be like "image/jpeg" or "application/octet-stream".',
    );
  }
}

/**
 * Refuses a type that the category does not take.
 * @throws `file/invalid-format`
 */
export function requireTypeOfCategory(mimeType: string, category: Category): void {
  const allowed = typesOfCategory[category];
  if (allowed && !isOfKinds(mimeType, allowed)) {
    throw new StorageError(
      'file/invalid-format',
      `The category ${category} takes ${allowed.join(' and ')} only.`,
      {
        details: { category, mimeType, allowed },
      },
    );
  }
}

/** The category of a file of this type when the client names none. */
export function defaultCategoryOf(mimeType: string): Category {
  return categories.find((category) => isOfKinds(mimeType, typesOfCategory[category] ?? [])) ?? 'documents';
}

/** @param kinds `image/*` */
function isOfKinds(mimeType: string, kinds: readonly string[]): boolean {
  const essence = essenceOf(mimeType);
  return kinds.some((kind) => essence.startsWith(kind.slice(0, -1)));
}

/** `type/subtype` in lower case, without parameters. */
export function essenceOf(mimeType: string): string {
  return (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** The type with its case-insensitive part in lower case, so that equal types are equal strings. */
export function normaliseMimeType(mimeType: string): string {
  const [, ...parameters] = mimeType.split(';');
  return [essenceOf(mimeType), ...parameters].join(';');
}

/** Whether a browser may show the type inline. SVG, HTML and other types that can run scripts are attachments. */
export function isInlineType(mimeType: string): boolean {
  return inlineTypes.has(essenceOf(mimeType));
}
