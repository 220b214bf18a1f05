import { S3Error } from '../errors/s3-error.ts';

/** An element with its text and its children; attributes and prefixes are dropped. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly tag: string;
  readonly children: XmlElement[];
  text: string;
}

const maxDepth = 16;

/** Comment, processing instruction, CDATA section, end tag, start tag: whatever begins with `<`. */
const markup =
  /<!--(?:(?!--)[\s\S])*-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s<>/="']+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;

/**
 * Reads the small documents S3 clients send. Knows the five entities of XML itself and character references; a document
 * type, and with it every other entity, is refused.
 *
 * @throws S3Error `MalformedXML`
 */
export function readXml(document: Buffer): XmlElement {
  const xml = decode(document);
  const root: OpenElement = { tag: '', children: [], text: '' };
  const open: OpenElement[] = [root];
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    const current = open.at(-1) ?? root;
    current.text += unescapeXml(xml.slice(at, next < 0 ? xml.length : next));
    if (next < 0) break;
    markup.lastIndex = next;
    const match = markup.exec(xml);
    if (match === null) throw new S3Error('MalformedXML');
    at = markup.lastIndex;
    const [, cdata, endTag, startTag, , selfClosing] = match;
    if (cdata !== undefined) current.text += cdata;
    if (startTag !== undefined) {
      if (open.length > maxDepth) throw new S3Error('MalformedXML');
      open.push({ tag: startTag, children: [], text: '' });
    }
    if (endTag !== undefined || selfClosing === '/') {
      const closed = open.pop();
      if (closed === undefined || open.length === 0) throw new S3Error('MalformedXML');
      if (endTag !== undefined && closed.tag !== endTag) throw new S3Error('MalformedXML');
      open
        .at(-1)
        ?.children.push({ name: localName(closed.tag), text: closed.text, children: closed.children });
    }
  }
  const [element, ...others] = root.children;
  if (element === undefined || others.length > 0 || open.length > 1 || root.text.trim() !== '') {
    throw new S3Error('MalformedXML');
  }
  return element;
}

/** All children of that name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the first child of that name; undefined when there is none. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function decode(document: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(document);
  } catch {
    throw new S3Error('MalformedXML');
  }
}

function localName(tag: string): string {
  return tag.slice(tag.indexOf(':') + 1);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g, (_, hex, decimal, name) => {
    if (hex !== undefined) return fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return fromCodePoint(Number(decimal));
    const character = Object.hasOwn(entities, name ?? '') ? entities[name] : undefined;
    if (character === undefined) throw new S3Error('MalformedXML');
    return character;
  });
}

function fromCodePoint(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new S3Error('MalformedXML');
  return String.fromCodePoint(code);
}
