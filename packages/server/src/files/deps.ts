import type { Limits } from '@bkend/storage-contract';
import type { FindSettings } from '../projects/ports.ts';
import type { ObjectStore } from './object-store.ts';
import type { OpenUploadsBudget } from './open-uploads.ts';
import type { Clock, FileRepository, NewId, UploadRepository, UsageLedger } from './ports.ts';

/** Everything the verbs of this folder may need; each names the few it uses. */
export interface FilesDeps {
  readonly files: FileRepository;
  readonly uploads: UploadRepository;
  readonly openUploads: OpenUploadsBudget;
  readonly usage: UsageLedger;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly limits: Limits;
  /** Whether processes of the first version serve beside this one: they look for the bytes of an upload at its key. */
  readonly hasOlderProcesses: () => boolean;
  /** What the environment of the caller allows; remembered between requests. */
  readonly findSettings: FindSettings;
  /** Where the image host, as clients see it, serves a path; without its first slash. */
  readonly imageUrl: (path: string) => string;
  /** What URLs of pictures that are not public are signed with; the image host has the same. */
  readonly imageTicketSecret: string;
}
