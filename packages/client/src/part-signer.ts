import type { SignedUrl } from './signed-put.ts';
import type { UploadRun } from './upload-run.ts';
import { usableUntil } from './url-life.ts';
import type { SignedParts } from './wire.ts';

interface PartUrl extends SignedUrl {
  readonly goodUntil: number;
}

export interface PartSigner {
  /** A URL for this part that is good for a while; a new one when the last was refused. */
  sign(partNumber: number, refused: boolean): Promise<SignedUrl>;
}

/**
 * Signs the URLs of parts just before they are needed, a few at a time: for this part and the next ones.
 * @param lastPart undefined when nobody knows yet
 */
export function createPartSigner(
  { api, connection }: UploadRun,
  { key, uploadId }: { key: string; uploadId: string },
  lastPart: number | undefined,
): PartSigner {
  const batchSize = connection.pool.size * 2;
  const urls = new Map<number, Promise<PartUrl>>();

  const signFrom = (first: number) => {
    const wanted = Array.from({ length: batchSize }, (_, index) => first + index);
    const partNumbers = wanted.filter(
      (part) => part === first || (part <= (lastPart ?? 10_000) && !urls.has(part)),
    );
    const body = { key, uploadId, partNumbers };
    const batch = api<SignedParts>({ path: '/files/multipart/presigned-url', body });
    for (const partNumber of partNumbers) {
      const url = batch.then((answer) => {
        const signed = answer.urls.find((candidate) => candidate.partNumber === partNumber);
        return { url: signed?.url ?? '', goodUntil: usableUntil(answer.expiresAt) };
      });
      // Whoever needs the URL hears of the failure and signs anew; nobody may need it.
      url.catch(() => urls.delete(partNumber));
      urls.set(partNumber, url);
    }
  };

  return {
    async sign(partNumber, refused) {
      if (refused) urls.delete(partNumber);
      const known = await urls.get(partNumber);
      if (known && performance.now() < known.goodUntil) return known;
      urls.delete(partNumber);
      signFrom(partNumber);
      return urls.get(partNumber) ?? { url: '' };
    },
  };
}
