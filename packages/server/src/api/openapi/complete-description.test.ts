import { errorCodes } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { readOpenApi, type Schema } from '../../../test/docs/open-api.ts';

interface Field extends Schema {
  readonly examples?: readonly unknown[];
}

const openApi = await readOpenApi();
const operations = Object.entries(openApi.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
  ),
);

/** Every field below a schema, by path. */
function fieldsOf(schema: Schema, path: string): (readonly [string, Field])[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    [`${path}.${name}`, field] as const,
    ...fieldsOf(field, `${path}.${name}`),
  ]);
  const parts = [...(schema.anyOf ?? []), schema.items, schema.additionalProperties];
  return own.concat(...parts.map((part) => (typeof part === 'object' ? fieldsOf(part, path) : [])));
}

const fields = [
  ...Object.entries(openApi.components.schemas).flatMap(([name, schema]) => fieldsOf(schema, name)),
  ...operations.flatMap(([name, { parameters = [], requestBody, responses }]) => [
    ...parameters.map((each) => {
      const description = each.description ?? each.schema.description;
      const field = { ...each.schema, ...(description !== undefined && { description }) };
      return [`${name} ?${each.name}`, field] as const;
    }),
    ...[requestBody, ...Object.values(responses)].flatMap((part) =>
      Object.values(part?.content ?? {}).flatMap(({ schema }) => fieldsOf(schema, name)),
    ),
  ]),
].filter(([, { $ref }]) => $ref === undefined);

/** A field that shows a value: an example, a list of values, a default; objects and lists show them at their fields. */
function showsValue(field: Field): boolean {
  const { examples, enum: values, const: only, default: usual, type, items, anyOf } = field;
  if (examples !== undefined || values !== undefined || only !== undefined || usual !== undefined)
    return true;
  if (type === 'array') return items !== undefined && (items.$ref !== undefined || showsValue(items));
  return type === 'object' || type === 'boolean' || (anyOf?.some(showsValue) ?? false);
}

describe('the description, for generators of clients', () => {
  it('has a description of every field: in the contract, or in field-notes.ts', () => {
    expect(fields.length).toBeGreaterThan(400);
    expect(fields.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
  });

  it('has an example of every field: in field-notes.ts', () => {
    expect(fields.filter(([, field]) => !showsValue(field)).map(([path]) => path)).toEqual([]);
  });

  it('names the unit of every number', () => {
    const unit =
      /bytes|pixels|seconds|days|number|many|from 1|page|status|files|versions|version|contents|replacement|percent|part/i;
    const numbers = fields.filter(([, { type }]) => type === 'integer' || type === 'number');
    expect(
      numbers.filter(([, { description }]) => !unit.test(description ?? '')).map(([path]) => path),
    ).toEqual([]);
  });

  it('has an id of its own for every operation: in operation-ids.ts', () => {
    const ids = operations.map(([name, operation]) => [name, Reflect.get(operation, 'operationId')] as const);
    expect(ids.filter(([, id]) => id === undefined).map(([name]) => name)).toEqual([]);
    expect(new Set(ids.map(([, id]) => id)).size).toBe(ids.length);
  });

  it.each(operations)('has tags, and every error code under its status: %s', (_, operation) => {
    expect(operation.tags.every((tag) => openApi.tags.some(({ name }) => name === tag))).toBe(true);
    for (const code of operation['x-error-codes']) {
      const { status } = errorCodes[code as keyof typeof errorCodes];
      expect(operation.responses[`${status}`]?.description).toContain(`\`${code}\``);
    }
  });
});
