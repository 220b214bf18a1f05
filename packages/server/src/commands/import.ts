import { readEnv } from '../config/env.ts';
import { FailureLog } from '../moving/failure-log.ts';
import { openSource } from '../moving/open-source.ts';
import { readOwnerMap } from '../moving/read-owner-map.ts';
import { openForeignBuckets } from '../roles/open-foreign-buckets.ts';
import { openMoving } from '../roles/open-moving.ts';
import { importFiles } from '../uploads/import/import-files.ts';
import type { CommandContext } from './command-context.ts';
import { ReportedError, UsageError } from './command-errors.ts';
import { requireTenant } from './tenant-argument.ts';

export interface ImportOptions {
  readonly project: string;
  readonly env: string;
  readonly ownerMap?: string | undefined;
  readonly owner?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly ignorePolicy?: true | undefined;
  readonly failures: string;
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly database?: string | undefined;
}

/** For the download of one file from a URL. */
const urlTimeoutMs = 60 * 60_000;

/**
 * `import`: brings in the files of a source that are not there yet, and shows how many; writes a file of those that failed.
 * @throws UsageError, ReportedError when some failed
 */
export async function runImport(
  source: string,
  options: ImportOptions,
  context: CommandContext,
): Promise<void> {
  const { config, log, isJson, show } = context;
  const tenant = requireTenant(options.project, options.env);
  const owners = options.ownerMap === undefined ? new Map() : await readOwnerMap(options.ownerMap);
  const { endpoint, region } = options;
  await using buckets = openForeignBuckets(config, log, {
    endpoint,
    region,
    hasCredentials: readEnv().AWS_ACCESS_KEY_ID !== undefined,
  });
  const entries = await openSource(source, {
    urls: { maxBytes: config.limits.maxMultipartBytes, timeoutMs: urlTimeoutMs },
    openBucket: (name) => buckets.open(name),
    databaseUrl: options.database,
  });
  await using moving = await openMoving(config, log);
  const settings = await moving.findSettings(tenant);
  if (settings === undefined) {
    throw new UsageError(
      `There is no environment ${tenant}; "bkend-storage environments create ${tenant}" makes it.`,
    );
  }
  await using failures = await FailureLog.open(options.failures);
  const { owner, dryRun = false } = options;
  const counts = await importFiles(moving, entries, {
    tenant,
    settings,
    owners,
    isDryRun: dryRun,
    ignoresPolicy: options.ignorePolicy ?? false,
    defaultOwner:
      owner === undefined
        ? { ownerId: 'import', ownerType: 'service' }
        : { ownerId: owner, ownerType: 'user' },
    onFailure: (failure) => failures.add(failure),
    onProgress: ({ imported, present, failed }) => {
      if (isJson || !process.stderr.isTTY) return;
      process.stderr.write(`\r${imported} imported, ${present} present, ${failed} failed`);
    },
  });
  if (!isJson && process.stderr.isTTY) process.stderr.write('\n');
  const { imported, bytes, present, failed } = counts;
  const isFailed = failed > 0 && { failures: failures.path };
  show({ ...counts, ...isFailed, ...(dryRun && { dryRun }) }, [
    `${dryRun ? 'would import' : 'imported'} ${imported}${dryRun ? '' : ` (${bytes} bytes)`}, present ${present}, failed ${failed}`,
    ...(failed > 0 ? [`${failures.path} says what failed, and why.`] : []),
  ]);
  if (failed > 0) throw new ReportedError(`${failed} files were not imported.`);
}
