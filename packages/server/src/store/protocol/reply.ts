import type { ByteSpan, ObjectReader } from '../objects/read-content.ts';
import type { XmlNode } from './xml.ts';

/** What an operation answers. Headers that are `undefined` are not sent; Content-Length is made of the body. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?:
    | { readonly kind: 'xml'; readonly root: XmlNode }
    | { readonly kind: 'bytes'; readonly bytes: Buffer }
    | { readonly kind: 'object'; readonly reader: ObjectReader; readonly span: ByteSpan }
    /** What HEAD leaves out. */
    | { readonly kind: 'omitted'; readonly omittedBytes: number };
}

export function xmlReply(root: XmlNode, headers: Readonly<Record<string, string | undefined>> = {}): Reply {
  return { status: 200, headers, body: { kind: 'xml', root } };
}

export function emptyReply(
  status: number,
  headers: Readonly<Record<string, string | undefined>> = {},
): Reply {
  return { status, headers };
}

/** As S3 writes entity tags. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}
