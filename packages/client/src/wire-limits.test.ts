import * as contract from '@bkend/storage-contract';
import { expect, it } from 'vitest';
import { maxBatch } from './upload/batch-calls.ts';
import { maxUrlsPerCall } from './upload/part-signer.ts';
import { maxParts } from './upload/put-parts.ts';
import { maxBulk, maxPageFiles } from './wire-limits.ts';

it('the limits written out for the client are those of the contract', () => {
  expect({ maxBatch, maxBulk, maxPageFiles, maxParts, maxUrlsPerCall }).toEqual({
    maxBatch: contract.maxBatch,
    maxBulk: contract.maxBulk,
    maxPageFiles: contract.maxPageFiles,
    maxParts: contract.maxPartNumber,
    maxUrlsPerCall: contract.maxPartUrlsPerRequest,
  });
});
