import { invalidParameters, type ParameterIssue } from '@bkend/storage-contract';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { FastifySchemaValidationError, SchemaErrorDataVar } from 'fastify/types/schema.js';
import type { Api } from './api.ts';

/**
 * Checks requests against the contract's schemas. Bodies are taken literally; query strings and paths, which are all
 * text, are read as the types their schema names. Unknown fields are ignored unless a schema forbids them: older and
 * newer clients may send more.
 */
export function validateRequests(app: Api): void {
  app.setValidatorCompiler(createValidatorCompiler());
  app.setSchemaErrorFormatter((errors, part) =>
    invalidParameters(errors.map((error) => toIssue(error, part))),
  );
  app.addHook('preValidation', (request, _reply, done) => {
    dropEmptyParameters(request.query);
    done();
  });
}

function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const first = createCompilers({ allErrors: false });
  let all: ReturnType<typeof createCompilers> | undefined;
  return ({ schema, httpPart }) => {
    const part = httpPart === 'body' ? 'literal' : 'text';
    return validateCheaply(first[part].compile(schema), () => {
      all ??= createCompilers({ allErrors: true });
      return all[part].compile(schema);
    });
  };
}

function createCompilers({ allErrors }: { readonly allErrors: boolean }) {
  // That our schemas are schemas is known since they were written: checking them again would be a fifth of a start.
  const options = { allErrors, useDefaults: true, meta: false, validateSchema: false } as const;
  const literal = new Ajv(options);
  // Without strict numbers `1e400`, which is read as infinity, meets the bounds of its schema like any other number.
  const text = new Ajv({ ...options, coerceTypes: true, strictNumbers: false });
  for (const ajv of [literal, text]) addFormats.default(ajv);
  return { literal, text };
}

/** What is larger has its first issue told, and no others: finding all takes memory and time by the megabyte. */
const maxValuesWithAllIssues = 2_000;

/**
 * Stops at the first fault, which is all it takes to refuse; only of small values are the others found, to be told at once.
 * @param compileAll made when a request is first refused
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

/** How many values JSON consists of; counting ends at `max`. */
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

/** `?search=&category=` is how forms say that nothing was chosen. */
function dropEmptyParameters(query: unknown): void {
  if (typeof query !== 'object' || query === null) return;
  for (const [name, value] of Object.entries(query)) {
    if (value === '') Reflect.deleteProperty(query, name);
  }
}

/** Where the fault is, in the client's own terms, and what would be right. */
function toIssue(error: FastifySchemaValidationError, part: SchemaErrorDataVar): ParameterIssue {
  const { keyword, instancePath, params } = error;
  const path = instancePath.split('/').slice(1);
  if (keyword === 'required') path.push(String(params.missingProperty));
  if (keyword === 'additionalProperties') path.push(String(params.additionalProperty));
  const field = path
    .map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('');
  const prefix = part === 'querystring' ? 'query' : part === 'params' ? 'path' : '';
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
