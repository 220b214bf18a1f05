import { text } from 'node:stream/consumers';
import type { ObjectStore } from '../files/object-store.ts';
import type { Clock } from '../files/ports.ts';

/** The installation that a database belongs to. */
export interface InstallationRecord {
  read(): Promise<{
    readonly id: string;
    /** When the marker object was written to the bucket. */
    readonly markedAt?: Date;
    /** When the database was last restored from a backup. */
    readonly restoredAt?: Date;
  }>;
  setMarked(at: Date): Promise<void>;
}

/** The marker object, which names the installation that a bucket belongs to. */
export const markerKey = '_bkend/installation';

/** Whether the marker names this installation, another one (`foreign`), or is missing. */
export type Marker = 'ours' | 'missing' | 'foreign';

interface Deps {
  readonly objects: Pick<ObjectStore, 'get' | 'put'>;
  readonly installation: InstallationRecord;
  readonly clock: Clock;
}

/** Compares the marker object with the installation's id. */
async function readMarker({ objects, installation }: Omit<Deps, 'clock'>): Promise<Marker> {
  const found = await objects.get(markerKey);
  if (found === undefined) return 'missing';
  const { id } = await installation.read();
  return (await text(found.body)).trim() === id ? 'ours' : 'foreign';
}

/**
 * Writes the marker object, once in the life of an installation: where it is missing later, the bucket is another one,
 * and nothing may be removed from it.
 * @param options.again whether to write it although it has been written before, for an operator who has moved the bucket
 * @returns whose the bucket is now
 */
export async function writeMarker(deps: Deps, options: { readonly again: boolean }): Promise<Marker> {
  const { id, markedAt } = await deps.installation.read();
  const marker = await readMarker(deps);
  if (marker !== 'missing' || (markedAt !== undefined && !options.again)) return marker;
  await deps.objects.put({ key: markerKey, contentType: 'text/plain', body: id });
  await deps.installation.setMarked(deps.clock());
  return 'ours';
}
