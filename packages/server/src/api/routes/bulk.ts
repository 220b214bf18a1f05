import {
  BulkDeleteAnswer,
  BulkDeleteRequest,
  BulkRestoreAnswer,
  BulkRestoreRequest,
  BulkUpdateAnswer,
  BulkUpdateRequest,
  ListedId,
} from '@bkend/storage-contract/schemas';
import { bulkDelete, bulkRestore } from '../../files/bulk/bulk-delete.ts';
import { bulkUpdate } from '../../files/bulk/bulk-update.ts';
import type { FilesDeps } from '../../files/deps.ts';
import type { Api } from '../api.ts';
import { batchItems } from '../batch-items.ts';
import type { ListGate } from './list-gate.ts';
import { answers } from './route-schemas.ts';

const tags = ['Files'];
const bulkErrors = ['file/total-changed'] as const;
const byIdsOrFilter =
  'By `ids` it answers the ids that succeeded, and an error code for each of the others. By `filter` it takes the first 1,000 of the files that match and that the caller may change, in the order of their ids; go on with `nextCursor`. Unknown fields of the body are refused.';

/** Endpoints that change many files at once, by their ids or by a filter, which reads as a list does. */
export function bulkRoutes(app: Api, deps: FilesDeps, gate: ListGate): void {
  const ids = batchItems(app, { field: 'ids', item: ListedId });
  app.post(
    '/files/bulk-update',
    {
      validatorCompiler: ids.validatorCompiler,
      config: { access: 'users', scope: 'files:write', errors: [...bulkErrors, 'file/invalid-folder'] },
      schema: {
        tags,
        summary: 'Change up to 1,000 files',
        description: byIdsOrFilter,
        body: BulkUpdateRequest,
        response: answers(200, BulkUpdateAnswer),
      },
    },
    (request) =>
      gate(request, () => bulkUpdate(deps, request.caller, { ...request.body, checkId: ids.check })),
  );

  app.post(
    '/files/bulk-delete',
    {
      validatorCompiler: ids.validatorCompiler,
      config: { access: 'users', scope: 'files:write', errors: bulkErrors },
      schema: {
        tags,
        summary: 'Delete up to 1,000 files',
        description: `${byIdsOrFilter} With \`trash\` the files can be restored.`,
        body: BulkDeleteRequest,
        response: answers(200, BulkDeleteAnswer),
      },
    },
    (request) =>
      gate(request, () => bulkDelete(deps, request.caller, { ...request.body, checkId: ids.check })),
  );

  app.post(
    '/files/bulk-restore',
    {
      validatorCompiler: ids.validatorCompiler,
      config: { access: 'users', scope: 'files:write', errors: bulkErrors },
      schema: {
        tags,
        summary: 'Restore up to 1,000 files from the trash',
        description: `${byIdsOrFilter} A filter takes files of the trash alone.`,
        body: BulkRestoreRequest,
        response: answers(200, BulkRestoreAnswer),
      },
    },
    (request) =>
      gate(request, () => bulkRestore(deps, request.caller, { ...request.body, checkId: ids.check })),
  );
}
