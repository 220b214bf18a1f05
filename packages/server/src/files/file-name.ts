import { StorageError } from '@bkend/storage-contract';

/**
 * Path separators, control characters (C0, C1, DEL), line and paragraph separators, and the bidirectional overrides and
 * isolates that make `gpj.exe` read `exe.jpg` (Unicode TR 36, section 3.5).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const forbidden = /[/\\\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** A visible character: a name of blanks, zero-width spaces or Hangul fillers alone looks empty. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Refuses a text that cannot be a file's name. Any script, emoji and combining marks are allowed.
 * @param maxBytes of UTF-8
 * @throws `file/invalid-name`, `file/original-name-too-long`
 */
export function requireFileName(name: string, maxBytes: number): void {
  if (Buffer.byteLength(name) > maxBytes) {
    throw new StorageError('file/original-name-too-long', `A name has at most ${maxBytes} bytes of UTF-8.`, {
      details: { maxBytes, bytes: Buffer.byteLength(name) },
    });
  }
  if (!isFileName(name)) {
    throw new StorageError(
      'file/invalid-name',
      'A name must not be empty, "." or "..", and has no "/", "\\", control or text-direction characters.',
    );
  }
}

/** Whether the text has the characters of a file's name. */
export function isFileName(text: string): boolean {
  const isEmpty = !visible.test(text) || text === '.' || text === '..';
  return !isEmpty && !forbidden.test(text) && text.isWellFormed();
}
