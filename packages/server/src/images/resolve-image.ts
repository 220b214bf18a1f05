import { type ImageDelivery, type ImagePlan, invalidParameters } from '@bkend/storage-contract';
import { accessDenied, canRead, fileNotFound } from '../files/access.ts';
import type { File } from '../files/file.ts';
import type { Tenant } from '../identity/tenant.ts';
import { type Permission, type PermissionDeps, readPermission } from './access/permission.ts';
import type { FileLookup } from './cache/file-lookup.ts';
import type { ReadUrl } from './read-url.ts';
import type { ImagesSettings } from './settings.ts';

export interface ResolveDeps extends PermissionDeps {
  readonly settings: ImagesSettings;
  readonly readUrl: (path: string) => ReadUrl;
  /** `public` files by key. */
  readonly publicFiles: FileLookup;
  /** Any file by its key. */
  readonly findFile: (tenant: Tenant, key: string) => Promise<File | undefined>;
}

/** What a path comes to: a file this request may see, and what to make of it. */
export interface ResolvedImage {
  readonly file: File;
  /** Absent for the original. */
  readonly plan?: ImagePlan;
  /** Equal for equal plans. */
  readonly planKey: string;
  readonly delivery: ImageDelivery;
  readonly overlays: readonly File[];
  readonly ignoredFilters: readonly string[];
  readonly permission: Permission;
  /** Looks again whether the file may still be seen. @throws as {@link resolveImage} does */
  readonly recheck: () => Promise<void>;
}

/**
 * Reads a path and looks up what it names.
 * @throws `common/invalid-parameters` for options that are none or not allowed, `file/access-denied` for a signature that
 * is not right, `file/not-found` for a key that is unknown or not public
 */
export async function resolveImage(deps: ResolveDeps, path: string): Promise<ResolvedImage> {
  const { asked, key, plan, planKey, original, delivery, ignoredFilters } = deps.readUrl(path);
  const permission = readPermission(deps, asked, path);
  if ((delivery.expiresAtMs ?? Number.POSITIVE_INFINITY) <= deps.clock().getTime()) throw fileNotFound();

  const find = () => findVisible(deps, permission, key);
  const [file, ...overlays] = await Promise.all([find(), ...findOverlays(deps, plan)]);
  return {
    file,
    ...(!original && { plan }),
    planKey,
    delivery,
    overlays,
    ignoredFilters,
    permission,
    recheck: async () => void (await find()),
  };
}

async function findVisible(deps: ResolveDeps, permission: Permission, key: string): Promise<File> {
  if (permission.kind === 'public') {
    const file = await deps.publicFiles.find(key);
    if (file === undefined) throw fileNotFound();
    return file;
  }
  const file = await deps.findFile(permission.viewer.tenant, key);
  if (file === undefined) throw fileNotFound();
  if (!canRead(permission.viewer, file)) throw accessDenied();
  return file;
}

/** What is laid over a picture must be public, whoever is looking. */
function findOverlays({ publicFiles }: ResolveDeps, plan: ImagePlan): Promise<File>[] {
  const keys = new Set(plan.steps.flatMap((step) => (step.do === 'watermark' ? [step.key] : [])));
  return [...keys].map(async (key) => {
    const file = await publicFiles.find(key);
    if (file === undefined) {
      throw invalidParameters([
        { field: 'filters.watermark', message: 'names no public file of this server' },
      ]);
    }
    return file;
  });
}
