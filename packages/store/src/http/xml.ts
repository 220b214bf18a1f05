/** An element, what is in it, and its attributes as they are to be written; several children with one name are several nodes. */
export type XmlNode = readonly [name: string, content: XmlContent, attributes?: string | undefined];
type XmlContent = string | number | boolean | readonly (XmlNode | undefined)[];

export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A whole document. */
export function renderXml([name, content]: XmlNode, namespace?: string): string {
  const attributes = namespace === undefined ? undefined : `xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderNode([name, content, attributes])}`;
}

function renderNode([name, content, attributes]: XmlNode): string {
  const opening = attributes === undefined ? name : `${name} ${attributes}`;
  return `<${opening}>${renderContent(content)}</${name}>`;
}

function renderContent(content: XmlContent): string {
  if (typeof content === 'string') return escapeXml(content);
  if (typeof content === 'number' || typeof content === 'boolean') return String(content);
  let rendered = '';
  for (const child of content) if (child !== undefined) rendered += renderNode(child);
  return rendered;
}

/**
 * Control characters become character references, as S3 writes them, though XML 1.0 allows few of them;
 * clients that expect such keys ask for `encoding-type=url`.
 */
function escapeXml(text: string): string {
  if (!needsEscape.test(text)) return text;
  return text.replace(
    everyEscape,
    (character) => escapes[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const needsEscape = /[&<>"'\u0000-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const everyEscape = /[&<>"'\u0000-\u001f\u007f]/g;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
