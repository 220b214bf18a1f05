import { readObjectKey } from '../../uploads/file-key.ts';
import type { JobOptions, JobsDeps } from '../job.ts';
import { findExcess } from './safeguards.ts';
import type { Tally } from './tally.ts';

interface Multipart {
  readonly key: string;
  readonly multipartId: string;
}

/**
 * Finds multipart uploads of ours that no upload and no purge refers to: a process died after it had begun one, for an
 * upload or for the copy of a large object.
 * @returns `abort`, which aborts them
 */
export async function reconcileMultiparts(
  deps: JobsDeps,
  options: JobOptions,
  { before, tally }: { readonly before: Date; readonly tally: Tally },
): Promise<{ abort(): Promise<void> }> {
  const orphans: Multipart[] = [];
  let seen = 0;
  for await (const { key, multipartId, initiatedAt } of deps.objects.listMultiparts()) {
    if (options.signal.aborted) break;
    if (readObjectKey(key) === undefined) continue;
    seen += 1;
    if (initiatedAt >= before || (await deps.maintenance.knownMultipartIds([multipartId])).has(multipartId))
      continue;
    tally.find('orphanedMultiparts', `multipart upload without an owner: ${key}`);
    orphans.push({ key, multipartId });
  }
  return {
    async abort() {
      const tooMany = findExcess(
        'multipart uploads without an owner',
        { touched: orphans.length, seen },
        options,
      );
      if (tooMany !== undefined) return tally.note(tooMany);
      for (const { key, multipartId } of orphans) {
        await deps.objects.abortMultipart({ key, multipartId });
        tally.add('abortedMultiparts');
      }
    },
  };
}
