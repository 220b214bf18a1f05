import { StorageError } from '@bkend/storage-contract';
import type { File, Owner } from '../files/file.ts';
import type { UsageLedger } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { CountedBudget } from './counted-budget.ts';
import type { OpenUploadsBudget } from './open-uploads.ts';
import type { UploadSum } from './ports.ts';
import type { Upload } from './upload.ts';

type QuotaName = 'quotas.bytes' | 'quotas.files' | 'quotas.userBytes' | 'quotas.userFiles';

/** An environment, or an owner within it, that has a quota; Infinity for what is not limited. */
interface Account {
  readonly tenant: Tenant;
  /** Absent: the whole environment. */
  readonly owner?: Owner;
  readonly names: { readonly files: QuotaName; readonly bytes: QuotaName };
  readonly limits: UploadSum;
}

/** A refusal by a quota. */
export interface QuotaReached {
  readonly tenant: Tenant;
  /** Absent: the quota is the environment's. */
  readonly owner?: Owner;
  readonly details: QuotaDetails;
}

/** Numbers of files or of bytes, as the quota counts. */
export interface QuotaDetails {
  /** Name of the setting. */
  readonly quota: string;
  readonly limit: number;
  readonly used: number;
  readonly asked: number;
}

/**
 * Quotas, when an upload begins: usage and open uploads together must leave room for it. What is registered is counted exactly by
 * the database (`keep_quotas`); this check keeps clients from sending bytes that would be refused.
 */
export class Quotas {
  readonly #usage: Pick<UsageLedger, 'countWithOpenUploads'>;
  readonly #onReached: (reached: QuotaReached) => void;
  readonly #budget = new CountedBudget();

  /** @param onReached called with every refusal */
  constructor(
    usage: Pick<UsageLedger, 'countWithOpenUploads'>,
    onReached: (reached: QuotaReached) => void = () => undefined,
  ) {
    this.#usage = usage;
    this.#onReached = onReached;
  }

  /**
   * Begins an upload where the quotas of its owner and environment leave room.
   * @param asked.contentsOf the file that gets these contents, in place of a new file
   * @param begin commits the upload's row
   * @throws `file/quota-exceeded`, and what `begin` throws
   */
  spend(
    asked: {
      readonly upload: Upload;
      readonly settings: EnvironmentSettings;
      readonly contentsOf?: File | undefined;
    },
    begin: () => Promise<void>,
  ): Promise<void> {
    const { upload, settings } = asked;
    const growth = growthOf(asked);
    return accountsOf(upload, settings).reduceRight(
      (next, { tenant, owner, names, limits }) =>
        () =>
          this.#budget.spend(
            {
              account: JSON.stringify([tenant, owner]),
              asked: growth,
              limits,
              count: () => this.#usage.countWithOpenUploads(tenant, { at: upload.createdAt, owner }),
              refusal: (used) => {
                const kind = used.uploads + growth.uploads > limits.uploads ? 'uploads' : 'bytes';
                const quota = kind === 'uploads' ? names.files : names.bytes;
                const details = { quota, limit: limits[kind], used: used[kind], asked: growth[kind] };
                this.#onReached({ tenant, ...(owner && { owner }), details });
                return quotaExceeded(details, 'open uploads included');
              },
            },
            next,
          ),
      begin,
    )();
  }
}

/**
 * Begins an upload within its owner's budget of open uploads and the quotas.
 * @throws `file/too-many-open-uploads`, `file/quota-exceeded`, and what `begin` throws
 */
export function beginUpload(
  { openUploads, quotas }: { readonly openUploads: OpenUploadsBudget; readonly quotas: Quotas },
  asked: Parameters<Quotas['spend']>[0],
  begin: () => Promise<void>,
): Promise<void> {
  return openUploads.spend(asked.upload, asked.settings, () => quotas.spend(asked, begin));
}

/** A size that is not announced counts when it is registered. */
function growthOf({
  upload: { sizeBytes = 0 },
  settings,
  contentsOf,
}: Parameters<Quotas['spend']>[0]): UploadSum {
  if (contentsOf === undefined) return { uploads: 1, bytes: sizeBytes };
  const freed = settings['versions.keep'] === 0 ? contentsOf.sizeBytes : 0;
  return { uploads: 0, bytes: Math.max(0, sizeBytes - freed) };
}

/** The accounts of an owner that have a quota. The service's own files, those of a secret key alone, count for the environment only. */
function accountsOf({ tenant, ownerId, ownerType }: Upload, settings: EnvironmentSettings): Account[] {
  const account = (files: QuotaName, bytes: QuotaName): Account[] => {
    const limits = { uploads: settings[files] ?? Infinity, bytes: settings[bytes] ?? Infinity };
    return limits.uploads === Infinity && limits.bytes === Infinity
      ? []
      : [{ tenant, names: { files, bytes }, limits }];
  };
  const ofOwner = ownerType === 'service' ? [] : account('quotas.userFiles', 'quotas.userBytes');
  return [
    ...account('quotas.files', 'quotas.bytes'),
    ...ofOwner.map((each) => ({ ...each, owner: { ownerId, ownerType } })),
  ];
}

/** The refusal of growth beyond a quota. @param remark what `used` counts beside files */
export function quotaExceeded(details: QuotaDetails, remark?: string): StorageError {
  const { quota, limit, used } = details;
  const unit = /files$/i.test(quota) ? 'files' : 'bytes';
  return new StorageError(
    'file/quota-exceeded',
    `The limit of ${limit} ${unit} (${quota}) leaves no room: ${used} are used${remark === undefined ? '' : `, ${remark}`}.`,
    { details: { ...details } },
  );
}
