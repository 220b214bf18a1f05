import type { FilesDeps } from '../files/deps.ts';
import type { OpenUploadsBudget } from './open-uploads.ts';
import type { UploadRepository } from './ports.ts';
import type { Quotas } from './quotas.ts';

/** Dependencies of the verbs in this folder; each names those it uses. */
export interface UploadsDeps extends FilesDeps {
  readonly uploads: UploadRepository;
  readonly openUploads: OpenUploadsBudget;
  readonly quotas: Quotas;
  /** Whether processes of the first version serve beside this one: they read the bytes of an upload at its key. */
  readonly hasOlderProcesses: () => boolean;
}
