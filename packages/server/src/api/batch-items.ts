import { invalidParameters } from '@bkend/storage-contract';
import type { FastifySchemaCompiler } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import type { Api } from './api.ts';
import { toIssues } from './validation.ts';

/** Checks of a batch, whose items are each a body of the route for one alone. */
export interface BatchItems {
  /** The validator of the route: checks the body but for its items, so that a malformed one does not refuse the others. */
  readonly validatorCompiler: FastifySchemaCompiler<unknown>;
  /** Checks one item. @throws `common/invalid-parameters`, as the route for one alone */
  readonly check: (item: unknown) => void;
}

/**
 * Creates the checks of a batch.
 * @param batch.field the field of the body that has the items
 * @param batch.item schema of the body of the route for one alone
 */
export function batchItems(
  app: Api,
  { field, item }: { readonly field: string; readonly item: TSchema },
): BatchItems {
  const compile: NonNullable<Api['validatorCompiler']> = (part) => {
    if (app.validatorCompiler === undefined) throw new Error('The routes have no validator.');
    return app.validatorCompiler(part);
  };
  let validate: ReturnType<typeof compile> | undefined;
  return {
    validatorCompiler: ({ schema, ...part }) => {
      // The body is all that these routes have validated.
      const body = schema as TObject;
      const { [field]: items, ...others } = body.properties;
      return compile({
        ...part,
        schema: { ...body, properties: { ...others, [field]: { ...items, items: {} } } },
      });
    },
    check(value) {
      validate ??= compile({ schema: item, method: 'POST', url: '', httpPart: 'body' });
      if (validate(value) === true) return;
      throw invalidParameters(toIssues(validate.errors ?? [], 'body'));
    },
  };
}
