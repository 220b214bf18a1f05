import * as schemas from '@bkend/storage-contract/schemas';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';

/** The service compiles them without validating them. */
describe('every schema of the contract', () => {
  const ajv = new Ajv({ strict: true, schemas: [schemas.FileView, schemas.ErrorBody] });
  addFormats.default(ajv);

  it.each(Object.entries(schemas).filter(([, value]) => typeof value === 'object'))(
    'is valid JSON Schema: %s',
    (_, schema) => {
      expect(ajv.validateSchema(schema)).toBe(true);
    },
  );
});
