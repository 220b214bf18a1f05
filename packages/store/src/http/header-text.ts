import { S3Error } from '../errors/s3-error.ts';

/**
 * Text of header fields (RFC 9110 §5) as Node takes it: one character a byte. Whatever was stored or sent passes here on its
 * way in (`assertHeaderText`, `isHeaderName`); on its way out once more (`toSendableHeaders`) where Node refuses it, since older
 * versions stored more than can be sent.
 */

/** Names that were found good: answers have the same few again and again. */
const goodNames = new Set<string>();
const maxGoodNames = 1000;

/** Whether this is a token (RFC 9110 §5.6.2), as names of headers have to be. */
export function isHeaderName(text: string): boolean {
  if (goodNames.has(text)) return true;
  if (!token.test(text)) return false;
  if (goodNames.size < maxGoodNames) goodNames.add(text);
  return true;
}

/** Whether Node can send this as a value: visible characters, blanks and bytes from 0x80. */
function isHeaderValue(text: string): boolean {
  return !unsendable.test(text);
}

/** The bytes of its UTF-8 form, one character each. */
export function toHeaderBytes(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** Makes a list of names and values sendable: an invalid name is left out with its value. */
export function toSendableHeaders(list: readonly string[]): string[] {
  const sendable: string[] = [];
  for (let at = 0; at < list.length; at += 2) {
    const [name = '', value = ''] = list.slice(at, at + 2);
    if (isHeaderName(name)) sendable.push(name, toSendableValue(value));
  }
  return sendable;
}

/** Characters beyond a byte become UTF-8, control characters become spaces. */
function toSendableValue(value: string): string {
  if (isHeaderValue(value)) return value;
  const bytes = beyondByte.test(value) ? Buffer.from(value).toString('latin1') : value;
  return bytes.replace(everyUnsendable, ' ');
}

/**
 * Refuses a header that could be kept but never sent.
 *
 * @param name as the client wrote it, for the answer
 * @throws S3Error `InvalidArgument` with `ArgumentName`
 */
export function assertHeaderText(name: string, value: string): void {
  if (!isHeaderName(name)) {
    throw new S3Error('InvalidArgument', 'Header name cannot be represented.', { ArgumentName: name });
  }
  if (isHeaderValue(value)) return;
  throw new S3Error('InvalidArgument', 'Header value cannot be represented.', { ArgumentName: name });
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const unsendable = /[^\t\x20-\x7e\x80-\xff]/;
const everyUnsendable = /[^\t\x20-\x7e\x80-\xff]/g;
const beyondAscii = /[^\x20-\x7e]/;
const beyondByte = /[\u0100-\uffff]/;
