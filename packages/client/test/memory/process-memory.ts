import { readdir, readFile } from 'node:fs/promises';

/**
 * Watches what a process and all that descend from it keep in memory: their shares of physical pages (PSS, proc(5)), in
 * which a page that several of them use counts once. What the kernel caches of files is not theirs.
 */
export class MemoryWatch implements AsyncDisposable {
  readonly #root: number;
  #peakBytes = 0;
  #looks = 0;
  #isWatching = true;
  readonly #watching: Promise<void>;

  constructor(pid: number) {
    this.#root = pid;
    this.#watching = this.#watch();
  }

  /** The most there was at a time, and how often it was looked at, since the last call. */
  async peak(): Promise<{ bytes: number; looks: number }> {
    await this.#look(await findFamily(this.#root));
    const peak = { bytes: this.#peakBytes, looks: this.#looks };
    this.#peakBytes = 0;
    this.#looks = 0;
    return peak;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isWatching = false;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (this.#isWatching) {
      // Who belongs to it changes seldom, and takes longer to find than what they keep.
      const family = await findFamily(this.#root);
      for (let time = 0; this.#isWatching && time < 20; time++) {
        await this.#look(family);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #look(family: readonly number[]): Promise<void> {
    const shares = await Promise.all(family.map(readShare));
    this.#peakBytes = Math.max(
      this.#peakBytes,
      shares.reduce((sum, share) => sum + share, 0),
    );
    this.#looks += 1;
  }
}

async function findFamily(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, await readParent(pid)] as const)));
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || isOurs(parents.get(pid)));
  return pids.filter(isOurs);
}

/** 0 for a process that has ended meanwhile. */
async function readParent(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

async function readShare(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
