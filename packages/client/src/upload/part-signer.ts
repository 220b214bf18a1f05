import type { SignedParts } from '../wire.ts';
import type { Sign, usableUntil } from './put-signed.ts';
import type { MultipartId, UploadContext } from './upload-context.ts';

/** The parts to sign. */
export interface PartsToSign {
  readonly upload: MultipartId;
  /** Number of the last part, as far as it is known; at most 10,000. */
  readonly lastPart: number;
}

type Batch = Pick<SignedParts, 'urls'> & { readonly goodUntil: number };

/** Parts of one call, the most that the API signs at once: the slots that wait for the answer send nothing. */
export const maxUrlsPerCall = 100;

/**
 * Signs the URLs of parts in batches of at most 100, when the first of them is needed.
 * @returns for each part its {@link Sign}
 */
export function createPartSigner(
  { api }: UploadContext,
  { upload, lastPart }: PartsToSign,
  { usableUntil: goodUntil }: { readonly usableUntil: typeof usableUntil },
): (partNumber: number) => Sign {
  /** The latest batch of each part. */
  const batches = new Map<number, Promise<Batch>>();

  const forget = (batch: Promise<Batch> | undefined) => {
    for (const [part, latest] of batches) if (latest === batch) batches.delete(part);
  };

  const signFrom = (first: number) => {
    batches.delete(first);
    const partNumbers = Array.from({ length: maxUrlsPerCall }, (_, index) => first + index).filter(
      (part) => part <= lastPart && !batches.has(part),
    );
    const sign = async (): Promise<Batch> => {
      const body = { ...upload, partNumbers };
      const path = '/files/multipart/presigned-url';
      const { urls, expiresAt } = await api<SignedParts>({ path, body, tries: 1 });
      return { urls, goodUntil: goodUntil(expiresAt) };
    };
    const batch = sign();
    for (const part of partNumbers) batches.set(part, batch);
    // Each part that awaits the batch gets its failure, and the next try signs again.
    batch.catch(() => forget(batch));
    return batch;
  };

  return (partNumber) => async (isRefused) => {
    if (isRefused) batches.delete(partNumber);
    const batch = batches.get(partNumber);
    const known = await batch;
    // The URLs of one batch expire together.
    if (known && performance.now() >= known.goodUntil) forget(batch);
    const { urls } = await (batches.get(partNumber) ?? signFrom(partNumber));
    return { url: urls.find((each) => each.partNumber === partNumber)?.url ?? '' };
  };
}
