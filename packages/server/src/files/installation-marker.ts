import { text } from 'node:stream/consumers';
import type { ObjectStore } from './object-store.ts';
import type { Clock } from './ports.ts';
import type { InstallationRecord } from './upkeep.ts';

/** The object that says whose a bucket is. */
export const markerKey = '_bkend/installation';

/** Whose the bucket is: another installation's, or a bucket that is not the one this installation has written to. */
export type Marker = 'ours' | 'missing' | 'foreign';

interface Deps {
  readonly objects: Pick<ObjectStore, 'get' | 'put'>;
  readonly installation: InstallationRecord;
  readonly clock: Clock;
}

/** Reads the marker object, and compares it with the installation's id. */
async function readMarker({ objects, installation }: Omit<Deps, 'clock'>): Promise<Marker> {
  const found = await objects.get(markerKey);
  if (found === undefined) return 'missing';
  const { id } = await installation.read();
  return (await text(found.body)).trim() === id ? 'ours' : 'foreign';
}

/**
 * Writes the marker object, once in the life of an installation: where it is missing later, the bucket is another one, and
 * nothing may be removed from it.
 * @param options.again to write it although it has been written before, as an operator may who has moved the bucket
 */
export async function writeMarker(deps: Deps, options: { readonly again: boolean }): Promise<Marker> {
  const { id, markedAt } = await deps.installation.read();
  const marker = await readMarker(deps);
  if (marker !== 'missing' || (markedAt !== undefined && !options.again)) return marker;
  await deps.objects.put({ key: markerKey, contentType: 'text/plain', body: id });
  await deps.installation.setMarked(deps.clock());
  return 'ours';
}
