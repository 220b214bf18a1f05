import { exampleValues, fieldDescriptions, otherExampleValues } from './field-notes.ts';
import { operationIds } from './operation-ids.ts';

/** A JSON Schema of the description, as far as it is completed here. */
interface DescribedSchema {
  description?: string;
  examples?: unknown[];
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly format?: string;
  readonly items?: DescribedSchema;
  readonly properties?: Readonly<Record<string, DescribedSchema>>;
  readonly additionalProperties?: DescribedSchema | boolean;
  readonly anyOf?: readonly DescribedSchema[];
}

/** An operation of the description. */
interface DescribedOperation {
  operationId?: string;
  readonly parameters?: readonly {
    readonly name: string;
    description?: string;
    readonly schema: DescribedSchema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: DescribedSchema }>>;

/** A whole OpenAPI document, as far as it is completed here. */
interface Description {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, DescribedSchema>> };
}

/**
 * Completes the description for generators of clients: an id for every operation, a description and an example for every field
 * that has none of its own.
 */
export function completeDescription<Document extends object>(document: Document): Document {
  // `@fastify/swagger` makes it of our own schemas.
  const { paths = {}, components } = document as Description;
  for (const schema of Object.values(components?.schemas ?? {})) completeFields(schema);
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const operationId = operationIds[`${method.toUpperCase()} ${path}`];
      if (operationId !== undefined) operation.operationId = operationId;
      for (const parameter of operation.parameters ?? []) {
        const description = parameter.description ?? fieldDescriptions[parameter.name];
        if (description !== undefined) parameter.description = description;
        addExample(parameter.name, parameter.schema);
      }
      for (const { content = {} } of [operation.requestBody ?? {}, ...Object.values(operation.responses)]) {
        for (const { schema } of Object.values(content)) completeFields(schema);
      }
    }
  }
  return document;
}

function completeFields(schema: DescribedSchema): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field.$ref === undefined) {
      const description = field.description ?? fieldDescriptions[name];
      if (description !== undefined) field.description = description;
      addExample(name, field);
    }
    completeFields(field);
  }
  for (const part of [...(schema.anyOf ?? []), schema.items, schema.additionalProperties]) {
    if (typeof part === 'object') completeFields(part);
  }
}

/** A value that a list of values names is its own example. */
function addExample(name: string, schema: DescribedSchema): void {
  if (schema.enum !== undefined || schema.const !== undefined || schema.examples !== undefined) return;
  const example = [exampleValues[name], otherExampleValues[name]].find((value) =>
    [schema, ...(schema.anyOf ?? [])].some((each) => isOfType(each, value)),
  );
  if (example !== undefined) schema.examples = [example];
}

function isOfType({ type, enum: values, items }: DescribedSchema, example: unknown): boolean {
  if (values !== undefined || example === undefined) return false;
  if (type === 'integer' || type === 'number') return typeof example === 'number';
  // Lists of objects have their examples at the fields.
  if (type === 'array')
    return (
      Array.isArray(example) &&
      items?.properties === undefined &&
      items?.anyOf === undefined &&
      items?.$ref === undefined
    );
  if (type === 'object') return typeof example === 'object' && !Array.isArray(example);
  return type === typeof example;
}
