import { measureCached } from './images/cached.ts';
import { measureCold } from './images/cold.ts';
import { measureEqualRequests, measureFlood } from './images/crowds.ts';
import { makePhotograph, publish } from './images/photograph.ts';
import type { Result } from './result.ts';
import { freePort, startService } from './service.ts';

/**
 * The image host beside bare sharp and beside its peers for pictures that are new, beside a bare Fastify route for those it
 * has made already; what equal requests at once cost; and what a flood of sizes does to the API. Whatever is compared takes
 * turns, and the middle one of the ratios counts. About six minutes.
 */
export async function benchImages(): Promise<Result[]> {
  const photo = await makePhotograph();
  return [...(await besideYardsticks(photo)), await besideTheApi(photo)];
}

/** At the yardsticks' own priority: on a busy machine the comparison would be one of priorities otherwise. */
async function besideYardsticks(photo: Buffer): Promise<Result[]> {
  const operationsPort = await freePort();
  await using service = await startService({
    BKEND_IMAGE_NICENESS: '0',
    BKEND_IMAGES_OPERATIONS_PORT: String(operationsPort),
  });
  const key = await publish(service, photo);
  return [
    ...(await measureCold({ service, photo, key })),
    ...(await measureCached(service.imagesUrl, key)),
    await measureEqualRequests(service, { key, operationsPort }),
  ];
}

async function besideTheApi(photo: Buffer): Promise<Result> {
  await using service = await startService();
  // Awaited, or the service would be gone while it is asked.
  return await measureFlood(service, await publish(service, photo));
}
