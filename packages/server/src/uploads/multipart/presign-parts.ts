import {
  invalidParameters,
  maxPartNumber,
  type PresignPartsAnswer,
  type PresignPartsRequest,
  StorageError,
} from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { requireUploadKey } from '../file-key.ts';
import { getMultipart } from './get-multipart.ts';

/**
 * Signs the PUT of one part (`partNumber`) or of up to 100 parts (`partNumbers`).
 * @returns one URL, or a list of them
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`,
 * `file/invalid-part-number-range`, `file/invalid-path`, `file/upload-not-found`, `file/access-denied`
 */
export async function presignParts(
  deps: Pick<UploadsDeps, 'uploads' | 'objects' | 'clock' | 'limits'>,
  caller: Caller,
  request: PresignPartsRequest,
): Promise<PresignPartsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const { key, uploadId } = request;
  const partNumbers = requestedPartNumbers(request);
  partNumbers.forEach(requirePartNumber);
  requireUploadKey(key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const { multipartId } = await getMultipart(deps, caller, { key, uploadId });

  const expiresInSeconds = deps.limits.partUrlLifeSeconds;
  const expiresAt = new Date(deps.clock().getTime() + expiresInSeconds * 1000).toISOString();
  const urls = await Promise.all(
    partNumbers.map(async (partNumber) => ({
      url: await deps.objects.presignPart({ key, multipartId, partNumber, expiresInSeconds }),
      partNumber,
    })),
  );
  return request.partNumbers === undefined ? { ...urls[0], expiresAt } : { urls, expiresAt };
}

/** @throws `file/invalid-part-number-range` */
export function requirePartNumber(partNumber: number): void {
  if (partNumber < 1 || partNumber > maxPartNumber) {
    throw new StorageError(
      'file/invalid-part-number-range',
      `A part number is between 1 and ${maxPartNumber}.`,
      { details: { partNumber } },
    );
  }
}

function requestedPartNumbers({ partNumber, partNumbers }: PresignPartsRequest): readonly number[] {
  if (partNumber !== undefined && partNumbers === undefined) return [partNumber];
  if (partNumbers !== undefined && partNumber === undefined) return partNumbers;
  throw invalidParameters([{ field: 'partNumber', message: 'or partNumbers is given, and not both' }]);
}
