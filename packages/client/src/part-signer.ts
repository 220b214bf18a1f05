import type { Sign } from './signed-put.ts';
import type { UploadRun } from './upload-run.ts';
import type { usableUntil } from './url-life.ts';
import type { SignedParts } from './wire.ts';

type Batch = Pick<SignedParts, 'urls'> & { readonly goodUntil: number };

/**
 * Signs the URLs of parts just before they are needed, a few at a time: for this part and the next ones.
 * @returns for each part what signs its URL
 */
export function createPartSigner(
  { api, pool, place }: UploadRun,
  lastPart: number,
  { usableUntil: goodUntil }: { readonly usableUntil: typeof usableUntil },
): (partNumber: number) => Sign {
  /** The batch that each part was signed in last. */
  const batches = new Map<number, Promise<Batch>>();

  const signFrom = (first: number) => {
    batches.delete(first);
    const partNumbers = Array.from({ length: pool.size * 2 }, (_, index) => first + index).filter(
      (part) => part <= lastPart && !batches.has(part),
    );
    const sign = async (): Promise<Batch> => {
      const body = { ...place, partNumbers };
      const path = '/files/multipart/presigned-url';
      const { urls, expiresAt } = await api<SignedParts>({ path, body, tries: 1 });
      return { urls, goodUntil: goodUntil(expiresAt) };
    };
    const batch = sign();
    for (const part of partNumbers) batches.set(part, batch);
    // Whoever needs a URL of it hears of the failure, and signs anew.
    batch.catch(() => {
      for (const part of partNumbers) batches.delete(part);
    });
    return batch;
  };

  return (partNumber) => async (isRefused) => {
    const known = isRefused ? undefined : await batches.get(partNumber);
    const isGood = known && performance.now() < known.goodUntil;
    const { urls } = isGood ? known : await signFrom(partNumber);
    return { url: urls.find((each) => each.partNumber === partNumber)?.url ?? '' };
  };
}
