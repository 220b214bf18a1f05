import { readdir, readFile } from 'node:fs/promises';

/**
 * Samples the memory of a process and its descendants: their proportional set size (PSS, proc(5)), in which a page shared by
 * several of them counts once. The kernel's cache of files does not count.
 */
export class MemoryWatch implements AsyncDisposable {
  readonly #root: number;
  #peakBytes = 0;
  #samples = 0;
  #isWatching = true;
  readonly #watching: Promise<void>;

  constructor(pid: number) {
    this.#root = pid;
    this.#watching = this.#watch();
  }

  /** The largest sample since the last call, and the number of samples. */
  async peak(): Promise<{ bytes: number; samples: number }> {
    await this.#sample(await findFamily(this.#root));
    const peak = { bytes: this.#peakBytes, samples: this.#samples };
    this.#peakBytes = 0;
    this.#samples = 0;
    return peak;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isWatching = false;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (this.#isWatching) {
      // The descendants change seldom, and finding them takes longer than a sample.
      const family = await findFamily(this.#root);
      for (let time = 0; this.#isWatching && time < 20; time++) {
        await this.#sample(family);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #sample(family: readonly number[]): Promise<void> {
    const shares = await Promise.all(family.map(readShare));
    this.#peakBytes = Math.max(
      this.#peakBytes,
      shares.reduce((sum, share) => sum + share, 0),
    );
    this.#samples += 1;
  }
}

async function findFamily(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, await readParent(pid)] as const)));
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || isOurs(parents.get(pid)));
  return pids.filter(isOurs);
}

/** 0 for a process that has ended. */
async function readParent(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

async function readShare(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
