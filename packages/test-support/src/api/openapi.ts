import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

/** A request and its response. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly json: unknown;
}

/** Throws where an answer is not as the service's own description of itself says. */
export type CheckAnswer = (exchange: Exchange) => void;

const descriptions = new Map<string, Promise<CheckAnswer>>();

/** Reads `/openapi.json` of this service, once. */
export function readDescription(apiUrl: string): Promise<CheckAnswer> {
  const known = descriptions.get(apiUrl);
  if (known !== undefined) return known;
  const reading = fetchDescription(apiUrl);
  descriptions.set(apiUrl, reading);
  // After a service that was killed meanwhile, the next one is asked.
  reading.catch(() => descriptions.delete(apiUrl));
  return reading;
}

async function fetchDescription(apiUrl: string): Promise<CheckAnswer> {
  const answer = await fetch(`${apiUrl}/openapi.json`);
  // The service's word for it; what is not so fails below.
  const description = (await answer.json()) as Description;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(description, 'openapi');
  const validators = new Map<string, ValidateFunction>();

  return ({ method, path, status, json }) => {
    const template = templateOf(description, path);
    const operation = description.paths[template ?? '']?.[method.toLowerCase()];
    if (template === undefined || operation === undefined) return;
    const range = [`${status}`, `${`${status}`[0]}XX`].find((name) => name in operation.responses);
    const asked = `${method} ${template} → ${status}`;
    if (range === undefined) throw new Error(`${asked} is not in the description.`);
    requireDescribedCode(json, operation.responses[range]?.description ?? '', asked);
    const pointer = ['paths', template, method.toLowerCase(), 'responses', range, 'content']
      .concat('application/json', 'schema')
      .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#/${pointer}` });
    validators.set(pointer, validate);
    if (!validate(json)) {
      throw new Error(
        `${asked} is not as described: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(json)}`,
      );
    }
  };
}

/** An error code must be among those that the description has for its endpoint and status. */
function requireDescribedCode(json: unknown, description: string, asked: string): void {
  const code = isErrorBody(json) ? json.error.code : undefined;
  if (code === undefined || description.includes(`\`${code}\``)) return;
  throw new Error(`${asked} with ${code} is not in the description, which has ${description}.`);
}

function isErrorBody(json: unknown): json is { readonly error: { readonly code: string } } {
  return typeof json === 'object' && json !== null && 'error' in json && 'success' in json;
}

/** The path's template, one without parameters before one with. */
function templateOf({ paths }: Description, path: string): string | undefined {
  const steps = (path.split('?', 1)[0] ?? '').split('/');
  const fits = (template: string) => {
    const expected = template.split('/');
    return (
      expected.length === steps.length &&
      expected.every((step, index) => step.startsWith('{') || step === steps[index])
    );
  };
  return Object.keys(paths)
    .filter(fits)
    .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))[0];
}
