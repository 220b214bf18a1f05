import { forEachConcurrently } from '../for-each-concurrently.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { inBatches, type Job, type JobOptions, type JobsDeps, nextAttemptAt } from './job.ts';
import { Tally } from './reconcile/tally.ts';
import { ScannerAway, type ScanTask, type Verdict } from './scanning.ts';

const batchSize = 100;
/** Streams to the scanner at once; each holds one connection and some chunks of bytes. */
const concurrency = 4;
/** Longer than a request holds contents for their scan. */
const contentsMs = 60 * 60 * 1_000;
/** Tasks whose back-off is remembered. */
const maxRetries = 10_000;

interface Retry {
  readonly attempts: number;
  readonly at: Date;
}

interface Run {
  readonly tally: Tally;
  readonly retries: Map<string, Retry>;
}

type SettingsOf = (tenant: Tenant) => Promise<EnvironmentSettings>;

/**
 * Creates the job. While the scanner is away, bytes wait: nothing passes unscanned. Bytes that fail by themselves are tried again with
 * back-off, at most an hour later, and keep no others waiting. Where an environment has no scanner any more, its files wait no longer.
 */
function createScanFiles(): Job {
  /** By object key; another process begins with none. */
  const retries = new Map<string, Retry>();
  return {
    name: 'scan-files',
    description: 'Scan files of environments with a scanner, and remove those that it refuses.',
    everySeconds: 2,
    startsAtOnce: true,
    async run(deps, options) {
      const tally = new Tally(['passed', 'refused', 'failed']);
      if ((await deps.scans.count(1)) === 0) {
        retries.clear();
        return { ...tally.report(), isIdle: true };
      }
      const run = { tally, retries };
      await deps.scans.forgetContents({ askedBefore: new Date(deps.clock().getTime() - contentsMs) });
      await releaseFiles(deps, options, run);
      await scanAll(deps, options, run);
      return tally.report();
    },
  };
}

export const scanFiles = createScanFiles();

/** The settings of environments, read once for a batch: a run may be long, and settings change in it. */
function rememberSettings({ findSettings }: JobsDeps): SettingsOf {
  const found = new Map<Tenant, Promise<EnvironmentSettings>>();
  return (tenant) => {
    const settings = found.get(tenant) ?? findSettings(tenant);
    found.set(tenant, settings);
    return settings;
  };
}

/** Lets files go without a scan where the environment has no scanner any more. */
async function releaseFiles(deps: JobsDeps, { signal }: JobOptions, { tally }: Run): Promise<void> {
  for (const tenant of await deps.scans.findTenants()) {
    const released = await inBatches({ batchSize, signal }, async (limit) => {
      const { scanner } = await deps.findSettings(tenant);
      return scanner ? 0 : deps.scans.release(tenant, limit);
    });
    tally.add('released', released);
  }
}

async function scanAll(deps: JobsDeps, { signal }: JobOptions, run: Run): Promise<void> {
  let isAway = deps.scanner === undefined;
  let after: ScanTask | undefined;
  while (!isAway && !signal.aborted) {
    const tasks = await deps.scans.find({ limit: batchSize, ...(after && { after }) });
    const settingsOf = rememberSettings(deps);
    await forEachConcurrently(tasks, concurrency, async (task) => {
      if (isAway || signal.aborted) return;
      if ((await scanTask(deps, task, { ...run, settingsOf })) === 'scanner-away') isAway = true;
    });
    after = tasks.at(-1);
    if (tasks.length < batchSize) return;
  }
}

async function scanTask(
  deps: JobsDeps,
  task: ScanTask,
  { tally, retries, settingsOf }: Run & { readonly settingsOf: SettingsOf },
): Promise<'done' | 'scanner-away'> {
  const retry = retries.get(task.objectKey);
  if (retry !== undefined && retry.at > deps.clock()) return 'done';
  const name = `${task.fileId ?? task.objectKey} in ${task.tenant}`;
  try {
    const settings = await settingsOf(task.tenant);
    const reason = refusalOf(await scan(deps, task), settings['scanner.tooLarge']);
    retries.delete(task.objectKey);
    if (reason === undefined) {
      await deps.scans.pass(task);
      tally.add('passed');
    } else {
      await deps.scans.refuse(task, { reason, at: deps.clock() });
      tally.find('refused', `refused by the scanner: ${name}: ${reason}`);
    }
  } catch (error) {
    if (error instanceof ScannerAway && !(await isThere(deps))) return 'scanner-away';
    const attempts = retry?.attempts ?? 0;
    if (retry !== undefined || retries.size < maxRetries) {
      retries.set(task.objectKey, { attempts: attempts + 1, at: nextAttemptAt(deps.clock(), attempts) });
    }
    const reason = error instanceof Error ? error.message : String(error);
    tally.find('failed', `not scanned yet: ${name}: ${reason}`);
  }
  return 'done';
}

/** Whether the scanner answers, so that some bytes are at fault rather than the scanner. */
async function isThere({ scanner }: JobsDeps): Promise<boolean> {
  try {
    await scanner?.ping();
    return scanner !== undefined;
  } catch {
    return false;
  }
}

async function scan({ objects, scanner }: JobsDeps, { objectKey }: ScanTask): Promise<Verdict> {
  if (scanner === undefined) throw new ScannerAway('The service has no scanner.');
  return scanner.scan(async () => {
    const object = await objects.get(objectKey);
    if (object === undefined) throw new Error('its bytes are not in storage');
    return object.body;
  });
}

/** Why bytes are refused; undefined when they pass. */
function refusalOf(verdict: Verdict, tooLarge: 'refuse' | 'pass'): string | undefined {
  switch (verdict.outcome) {
    case 'clean':
      return undefined;
    case 'infected':
      return verdict.signature;
    case 'too-large':
      return tooLarge === 'pass' ? undefined : 'larger than the scanner takes';
  }
}
