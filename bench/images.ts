import { measureCached } from './images/cached.ts';
import { measureCold } from './images/cold.ts';
import { measureEqualRequests, measureFlood } from './images/crowds.ts';
import { makePhotograph, publish } from './images/photograph.ts';
import type { Result } from './result.ts';
import { freePort, startService } from './service.ts';

/**
 * The images host compared with bare sharp and with its peers for new renditions, and with a bare Fastify route for cached ones; the
 * cost of concurrent equal requests; and the API's latency under a flood of sizes. Both sides of a comparison are measured
 * alternately, and the median ratio counts. About 6 minutes.
 */
export async function benchImages(): Promise<Result[]> {
  const photo = await makePhotograph();
  return [...(await besideYardsticks(photo)), await besideTheApi(photo)];
}

/** Runs the host at the yardsticks' priority: otherwise a busy machine would compare priorities. */
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
  // Awaited, or the service would stop during the measurement.
  return await measureFlood(service, await publish(service, photo));
}
