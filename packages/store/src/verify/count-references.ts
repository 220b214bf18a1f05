import type { Content } from '../index/records.ts';
import { locationOf } from '../index/records.ts';
import type { Tables } from '../index/store-index.ts';

/** Number of references to each id, from objects, manifests and parts. */
export interface References {
  readonly files: ReadonlyMap<string, number>;
  readonly inline: ReadonlySet<string>;
  readonly manifests: ReadonlySet<string>;
}

/** Counts references. Manifests and parts count only if they belong to an object or an upload. */
export function countReferences(tables: Tables): References {
  const files = new Map<string, number>();
  const inline = new Set<string>();
  const manifests = new Set<string>();
  const count = (content: Content): void => {
    const location = locationOf(content);
    if (location.kind === 'inline') inline.add(location.id);
    if (location.kind === 'file') files.set(location.id, (files.get(location.id) ?? 0) + 1);
  };
  for (const { value } of tables.objects.range({})) {
    if ('manifest' in value.content) manifests.add(value.content.manifest);
    else count(value.content);
  }
  for (const { key, value } of tables.manifests.range({})) {
    if (manifests.has(key.toString('hex'))) for (const part of value) count(part.content);
  }
  const uploads = new Set<string>();
  for (const { key } of tables.uploads.range({})) uploads.add(key.toString('hex', key.length - 16));
  for (const { key, value } of tables.parts.range({})) {
    if (uploads.has(key.toString('hex', 0, 16))) count(value.content);
  }
  return { files, inline, manifests };
}

export function isReferenced(references: References, { kind, id }: { kind: string; id: string }): boolean {
  if (kind === 'inline') return references.inline.has(id);
  return kind === 'manifest' ? references.manifests.has(id) : references.files.has(id);
}
