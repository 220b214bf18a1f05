import { exampleValues as values } from '../../src/api/openapi/field-notes.ts';
import type { OpenApi, Schema } from './open-api.ts';

/** Optional fields that the examples show; the others are left out. */
const shown = new Set([
  ...['fileSize', 'folder', 'visibility', 'category', 'width', 'height', 'metadata', 'tags', 'alt'],
  ...['options', 'partNumber', 'expiresIn'],
]);

const imageUrl = `http://127.0.0.1:4502/~…/300x200/smart/${values.key}`;

/** Creates an example of a schema: its required fields, and the optional ones that are `shown`. */
export function exampleOf(openApi: Pick<OpenApi, 'components'>, schema: Schema, name = ''): unknown {
  const { components } = openApi;
  const reference = schema.$ref?.split('/').at(-1);
  const target = reference === undefined ? schema : (components.schemas[reference] ?? {});
  if (name === 'url' && target.description?.includes('image')) return imageUrl;
  // `files` is a number in the usage and a list in batches, `failed` the other way round in operations.
  // Ids of events are numbers.
  const isOfType =
    (target.type === 'array') === Array.isArray(values[name]) &&
    (target.type !== 'integer' || typeof values[name] === 'number');
  const isOneOf = target.enum === undefined || target.enum.some((each) => each === values[name]);
  if (name in values && isOneOf && isOfType) {
    // A list of parts has a size at each when it is read, and none when it is sent.
    if (name === 'parts' && 'size' in (target.items?.properties ?? {})) {
      return [{ partNumber: 1, etag: values.etag, size: values.partSize }];
    }
    return values[name];
  }
  if (target.const !== undefined) return target.const;
  if (target.enum !== undefined) return target.enum[0];
  if (target.anyOf?.[0] !== undefined) return exampleOf(openApi, target.anyOf[0], name);
  if (target.type === 'integer') return 0;
  if (target.type === 'array') return target.items ? [exampleOf(openApi, target.items)] : [];
  const required = new Set(target.required);
  return Object.fromEntries(
    Object.entries(target.properties ?? {})
      .filter(([field]) => required.has(field) || shown.has(field))
      .map(([field, property]) => [field, exampleOf(openApi, property, field)]),
  );
}
