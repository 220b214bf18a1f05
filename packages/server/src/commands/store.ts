import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AccessKeys,
  type Finding,
  type ListedAccessKey,
  openAccessKeys,
  verifyStore,
} from '@bkend/store';
import type { Config } from '../config/config.ts';
import { requireDataDir } from '../roles/require-service.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';

/** `store keys create`: creates an access key for S3 clients, and shows its secret once. */
export async function createAccessKey(
  { bucket, readOnly = false }: { bucket?: string; readOnly?: boolean },
  { config, show }: CommandContext,
) {
  await using accessKeys = await openKeys(config);
  const key = await accessKeys.create({ isReadOnly: readOnly, ...(bucket !== undefined && { bucket }) });
  const lines = [`access key id      ${key.accessKeyId}`, `secret access key  ${key.secretAccessKey}`];
  show(key, [...lines, 'The secret is not shown again: keep it now.']);
}

/** `store keys list`: shows all access keys, never their secrets. */
export async function listAccessKeys({ config, show }: CommandContext) {
  await using accessKeys = await openKeys(config);
  for (const key of accessKeys.list()) show(key, describe(key));
}

/**
 * `store keys revoke`: revokes an access key.
 * @throws UsageError when there is no such key
 */
export async function revokeAccessKey(accessKeyId: string, { config, show }: CommandContext) {
  await using accessKeys = await openKeys(config);
  if (!(await accessKeys.revoke(accessKeyId))) {
    throw new UsageError(`There is no access key ${accessKeyId}; store keys list shows them.`);
  }
  show({ accessKeyId }, `Revoked ${accessKeyId}.`);
}

/** `store verify`: reads every object and shows each that differs from its record. */
export async function verify({ repair = false }: { repair?: boolean }, { config, show }: CommandContext) {
  const report = await verifyStore({
    directory: await storeDirectory(config),
    repair,
    onFinding: (finding) => show(finding, describeFinding(finding)),
  });
  const counts = Object.entries(report).map(([what, count]) => `${what} ${count}`);
  show(report, counts.join(', '));
  if (report.missing + report.damaged > 0) throw new Error('Some objects are missing or damaged.');
}

async function openKeys(config: Config): Promise<AccessKeys> {
  return openAccessKeys(await storeDirectory(config));
}

function describe({ accessKeyId, createdAt, bucket, isReadOnly }: ListedAccessKey): string {
  const what = isReadOnly ? 'reads' : 'reads and writes';
  return [accessKeyId, what, bucket ?? 'all buckets', createdAt.toISOString()].join('  ');
}

function describeFinding(finding: Finding): string {
  if (finding.kind === 'unreferenced') return `unreferenced: ${finding.problem}`;
  return `${finding.kind}: ${[finding.bucket, finding.key].filter(Boolean).join('/')}: ${finding.problem}`;
}

async function storeDirectory({ objects, dataDir }: Config): Promise<string> {
  if (objects.kind !== 'embedded') {
    throw new UsageError('The S3_… settings name another object store, so there is no embedded one.');
  }
  await requireDataDir(dataDir);
  const directory = join(dataDir, 'objects');
  const isThere = await access(join(directory, 'format')).then(
    () => true,
    () => false,
  );
  if (!isThere) throw new Error(`There is no store in ${directory} yet; "bkend-storage serve" creates it.`);
  return directory;
}
