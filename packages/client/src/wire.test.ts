import type * as contract from '@bkend/storage-contract';
import { expectTypeOf, test } from 'vitest';
import type * as wire from './wire.ts';

test('the types written out for the client are those of the contract', () => {
  expectTypeOf<wire.StoredFile>().toEqualTypeOf<contract.FileView>();
  expectTypeOf<wire.FilePage>().toEqualTypeOf<contract.ListFilesAnswer>();
  expectTypeOf<wire.FileDescription>().toExtend<Partial<contract.RegisterFileRequest>>();
  expectTypeOf<wire.FileChanges>().toExtend<contract.UpdateFileRequest>();
  expectTypeOf<wire.PageRequest>().toExtend<Partial<contract.ListFilesQuery>>();
  expectTypeOf<wire.DownloadUrl>().toEqualTypeOf<contract.DownloadUrlAnswer>();
  expectTypeOf<wire.SignedImageUrl>().toEqualTypeOf<contract.ImageUrlAnswer>();
  expectTypeOf<wire.DownloadUrlOptions>().toEqualTypeOf<contract.DownloadUrlRequest>();
  expectTypeOf<wire.DeleteOutcome>().toEqualTypeOf<contract.BulkDeleteAnswer>();
  expectTypeOf<wire.Usage>().toEqualTypeOf<contract.UsageAnswer>();
  expectTypeOf<contract.PresignUploadAnswer>().toExtend<wire.SignedPut>();
  expectTypeOf<contract.InitMultipartAnswer>().toExtend<wire.StartedMultipart>();
  expectTypeOf<wire.StoredPart>().toEqualTypeOf<contract.ListPartsAnswer['parts'][number]>();
  expectTypeOf<contract.ErrorBody>().toExtend<wire.Refusal>();
});
