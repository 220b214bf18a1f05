import { setTimeout as sleep } from 'node:timers/promises';
import { scanPending } from '../../files/access.ts';
import { contentRefused } from '../../files/scanning/missing-file.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { UploadsDeps } from '../deps.ts';
import type { SealedBytes } from '../seal-upload.ts';

/** The longest that sealed bytes are held for their scan. A client that asks again after it begins anew. */
const longestMs = 15 * 60 * 1_000;
const pauseMs = { first: 200, longest: 2_000 };

/**
 * Waits until the job `scan-files` has scanned bytes that are to become new contents of a file.
 * @throws `file/content-refused`; `file/scan-pending` when the scanner has not answered within 15 minutes
 */
export async function awaitScan(
  { uploads, clock }: Pick<UploadsDeps, 'uploads' | 'clock'>,
  tenant: Tenant,
  { objectKey }: Pick<SealedBytes, 'objectKey'>,
): Promise<void> {
  const deadline = performance.now() + longestMs;
  await uploads.askForScan({ tenant, objectKey, at: clock() });
  try {
    for (let pause = pauseMs.first; ; pause = Math.min(pause * 1.5, pauseMs.longest)) {
      const found = await uploads.findScan(tenant, objectKey);
      if (found?.outcome === 'passed') return;
      if (found?.outcome === 'refused') throw contentRefused(found.reason ?? 'refused');
      if (performance.now() > deadline) throw scanPending();
      await sleep(pause);
    }
  } finally {
    await uploads.forgetScan(tenant, objectKey).catch(() => undefined);
  }
}
