import type { Limits } from '@bkend/storage-contract';
import type { FindSettings } from '../projects/ports.ts';
import type { FolderRepository } from './folders/folder-repository.ts';
import type { ObjectStore } from './object-store.ts';
import type { OperationRepository } from './operations/operation-repository.ts';
import type { Clock, FileRepository, NewId, UsageLedger } from './ports.ts';
import type { VersionRepository } from './versions/version-repository.ts';

/** Dependencies of the verbs in this folder; each names those it uses. */
export interface FilesDeps {
  readonly files: FileRepository;
  readonly folders: FolderRepository;
  readonly operations: OperationRepository;
  readonly versions: VersionRepository;
  readonly usage: UsageLedger;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly limits: Limits;
  /** The settings in force in an environment; cached between requests. */
  readonly findSettings: FindSettings;
  /** The image host's public URL of a path, which is given without its first slash. */
  readonly imageUrl: (path: string) => string;
  /** Whether an images host serves public files at their addresses, without a signature. */
  readonly hasPublicAddresses: boolean;
}
