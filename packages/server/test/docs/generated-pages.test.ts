import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { exampleOf } from './examples.ts';
import { generatePages } from './generated-pages.ts';
import { readOpenApi } from './open-api.ts';

const docs = join(import.meta.dirname, '../../../../docs');

const pages = await generatePages();

describe('the generated documents', () => {
  it.each(pages)('have in docs/%s the text that `npm run docs` writes', async (name, text) => {
    expect(await readFile(join(docs, name), 'utf8')).toBe(text);
  });
});

const openApi = await readOpenApi();

describe('the examples of the HTTP API', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(openApi, 'openapi');
  const schemas = Object.entries(openApi.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody, responses }]) => {
      const contents = [requestBody?.content, Object.values(responses)[0]?.content];
      return contents.flatMap((content, index) => {
        const part = index === 0 ? 'body' : 'answer';
        const schema = content?.['application/json']?.schema;
        return schema === undefined ? [] : [[`${part} of ${method} ${path}`, schema] as const];
      });
    }),
  );

  it.each(schemas)('are valid: %s', (_, schema) => {
    const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')));
    expect(validate(exampleOf(openApi, schema)) || validate.errors).toBe(true);
  });
});
