import { invalidParameters, type ParameterIssue, type StorageError } from '@bkend/storage-contract';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import type { FastifySchemaValidationError, SchemaErrorDataVar } from 'fastify/types/schema.js';
import type { Api } from './api.ts';

/**
 * Checks requests against the contract's schemas. Bodies are taken literally; query strings and paths, which are all
 * text, are read as the types their schema names. Unknown fields of bodies are dropped unless a schema forbids them: older
 * and newer clients may send more, and a verb that serves several routes would take those of another. Unknown fields of queries are refused, because a filter that is passed over shows more than
 * was asked for.
 */
export function validateRequests(app: Api): void {
  app.setValidatorCompiler(createValidatorCompiler());
  app.setSchemaErrorFormatter((errors, part) => invalidParameters(toIssues(errors, part)));
  app.addHook('preValidation', (request, _reply, done) => {
    // The framework reads every query into an object.
    const query = request.query as Record<string, unknown>;
    dropIgnoredParameters(query);
    const { config, schema } = request.routeOptions;
    const isOfApi = !request.is404 && config.takesNoKey !== true;
    done(isOfApi ? refuseUnknownParameters(query, schema?.querystring) : undefined);
  });
}

function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const first = createCompilers({ allErrors: false });
  let all: ReturnType<typeof createCompilers> | undefined;
  return ({ schema, httpPart }) => {
    const part = httpPart === 'body' ? 'literal' : 'text';
    const validate = validateCheaply(first[part].compile(schema), () => {
      all ??= createCompilers({ allErrors: true });
      return all[part].compile(schema);
    });
    return part === 'literal' ? withoutUnknownFields(validate, schema) : validate;
  };
}

/** Drops the fields that a body's schema does not have, unless it says that there may be any. */
function withoutUnknownFields(validate: FastifyValidator, schema: object): FastifyValidator {
  // Every schema of a body is an object's, or a union of some.
  const { properties, additionalProperties } = schema as {
    readonly properties?: object;
    readonly additionalProperties?: unknown;
  };
  if (properties === undefined || additionalProperties !== undefined) return validate;
  const validateAndDrop: FastifyValidator = (value) => {
    const isValid = validate(value);
    validateAndDrop.errors = validate.errors ?? null;
    if (isValid && typeof value === 'object' && value !== null) {
      for (const name of Object.keys(value)) {
        if (!Object.hasOwn(properties, name)) Reflect.deleteProperty(value, name);
      }
    }
    return isValid;
  };
  return validateAndDrop;
}

function createCompilers({ allErrors }: { readonly allErrors: boolean }) {
  // The schemas are our own: checking that they are schemas would take a fifth of a start.
  const options = { allErrors, useDefaults: true, meta: false, validateSchema: false } as const;
  const literal = new Ajv(options);
  // Without strict numbers `1e400`, which is read as infinity, meets the bounds of its schema like any other number.
  const text = new Ajv({ ...options, coerceTypes: true, strictNumbers: false });
  for (const ajv of [literal, text]) addFormats.default(ajv);
  return { literal, text };
}

/** Largest value of which all issues are reported. Finding all of a larger one would cost memory and time; it reports the first. */
const maxValuesWithAllIssues = 2_000;

/**
 * Stops at the first fault, which is enough to refuse. Of a small value all are found, so that one answer reports them.
 * @param compileAll compiles the validator of all faults; called when a request is first refused
 */
function validateCheaply(isValid: ValidateFunction, compileAll: () => ValidateFunction): FastifyValidator {
  let findAll: ValidateFunction | undefined;
  const validate: FastifyValidator = (value: unknown) => {
    if (isValid(value)) return true;
    validate.errors = isValid.errors ?? null;
    if (countValues(value, maxValuesWithAllIssues) < maxValuesWithAllIssues) {
      findAll ??= compileAll();
      if (!findAll(value)) validate.errors = findAll.errors ?? null;
    }
    return false;
  };
  return validate;
}

interface FastifyValidator {
  (value: unknown): boolean;
  errors?: FastifySchemaValidationError[] | null;
}

/** The number of values in a JSON value; counting ends at `max`. */
function countValues(json: unknown, max: number): number {
  let count = 0;
  const waiting = [json];
  while (waiting.length > 0 && count < max) {
    const value = waiting.pop();
    count += 1;
    if (typeof value !== 'object' || value === null) continue;
    const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (parts.length >= max) return max;
    waiting.push(...parts);
  }
  return count;
}

/** `?search=&category=` is what forms send when nothing was chosen, `?_=1738310400` what keeps answers out of caches. */
function dropIgnoredParameters(query: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(query)) {
    if (value === '' || name.startsWith('_')) Reflect.deleteProperty(query, name);
  }
}

/** @returns the refusal of the fields that the schema of a route's query does not have */
function refuseUnknownParameters(query: Record<string, unknown>, schema: unknown): StorageError | undefined {
  // Every schema of a query is an object's.
  const { properties = {} } = (schema ?? {}) as { readonly properties?: object };
  const unknown = Object.keys(query).filter((name) => !Object.hasOwn(properties, name));
  if (unknown.length === 0) return undefined;
  return invalidParameters(
    unknown.map((name) => ({ field: `query.${name}`, message: 'is not a field of this query' })),
  );
}

const partPrefix: Readonly<Record<SchemaErrorDataVar, string>> = {
  querystring: 'query',
  params: 'path',
  headers: 'header',
  body: '',
};

/**
 * Names the fields of a refusal by a verb as the client sent them: of a route without a body, a verb's `cursor` is the
 * client's `query.cursor`, as in refusals by a schema.
 */
export function nameQueryFields(refusal: StorageError, schema: FastifySchema | undefined): StorageError {
  const isQueryAlone = schema?.querystring !== undefined && schema.body === undefined;
  if (!isQueryAlone || refusal.code !== 'common/invalid-parameters') return refusal;
  // `invalidParameters` alone makes this detail.
  const issues = (refusal.details.issues ?? []) as readonly ParameterIssue[];
  if (issues.every(({ field }) => isNamed.test(field))) return refusal;
  return invalidParameters(
    issues.map(({ field, message }) => ({ field: isNamed.test(field) ? field : `query.${field}`, message })),
  );
}

/** The field of a refusal by a schema. */
const isNamed = /^(?:query|path|header)(?:\.|$)|^body$/;

/** The fields at fault, as the client sent them, and what they must be. */
export function toIssues(
  errors: readonly FastifySchemaValidationError[],
  part: SchemaErrorDataVar,
): ParameterIssue[] {
  return withoutAlternatives(errors).map((error) => toIssue(error, part));
}

/**
 * A value that fits no schema of several (`anyOf`) has the faults of the one whose type it has; where it has the type of none, one
 * fault that names all types.
 */
function withoutAlternatives(errors: readonly FastifySchemaValidationError[]) {
  let left = [...errors];
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const isOfUnion = ({ schemaPath }: FastifySchemaValidationError) =>
      schemaPath.startsWith(`${union.schemaPath}/`);
    const isOtherType = (error: FastifySchemaValidationError) =>
      isOfUnion(error) && error.keyword === 'type' && error.instancePath === union.instancePath;
    const types = left.filter(isOtherType).map(({ params }) => params.type);
    const hasItsType = left.some((error) => isOfUnion(error) && !isOtherType(error));
    const message = `must be ${types.join(' or ')}`;
    left = left
      .filter((error) => !isOtherType(error) && !(hasItsType && error === union))
      .map((error) => (error === union && types.length > 0 ? { ...error, message } : error));
  }
  return left;
}

function toIssue(error: FastifySchemaValidationError, part: SchemaErrorDataVar): ParameterIssue {
  const { keyword, instancePath, params } = error;
  const path = instancePath.split('/').slice(1);
  if (keyword === 'required') path.push(String(params.missingProperty));
  if (keyword === 'additionalProperties') path.push(String(params.additionalProperty));
  const field = path
    .map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('');
  const prefix = partPrefix[part];
  return {
    field: [prefix, field].filter(Boolean).join('.') || 'body',
    message: expectation(error),
  };
}

function expectation({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a field of this object';
  if (keyword === 'enum' && Array.isArray(params.allowedValues)) {
    return `must be one of ${params.allowedValues.join(', ')}`;
  }
  return message ?? 'is not valid';
}
