import { createDescription } from '../../src/api/openapi/create-description.ts';
import { addRoutes } from '../../src/api/routes/add-routes.ts';

/** The parts of JSON Schema that our schemas use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly (string | boolean)[];
  readonly const?: string | boolean;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Content {
  readonly 'application/json': { readonly schema: Schema };
}

/** JSON, or Server-Sent Events. */
type AnswerContent = Partial<Content> & {
  readonly 'text/event-stream'?: { readonly schema: Schema };
};

export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: AnswerContent }>
  >;
  readonly 'x-callers': string;
  readonly 'x-scope': string;
  readonly 'x-error-codes': readonly string[];
}

export interface OpenApi {
  readonly info: { readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Creates the description that a service with default settings serves at `/openapi.json`. */
export async function readOpenApi(): Promise<OpenApi> {
  // No route is called, so none needs its dependencies.
  const app = await createDescription('http://127.0.0.1:4500', (v1) => addRoutes(v1, {} as never));
  const { body } = await app.inject('/openapi.json');
  await app.close();
  // Our own schemas make no others.
  return JSON.parse(body) as OpenApi;
}
