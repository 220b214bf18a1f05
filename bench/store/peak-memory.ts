import { readFile } from 'node:fs/promises';
import { exchange } from './transfer.ts';

const clients = 8;
const sizeBytes = 2 * 1024 ** 3;

/** Peak resident memory of a process in MB, as the kernel counts it, after each of 8 clients has put 2 GiB and read them back. */
export async function measurePeakMemory(
  pid: number | undefined,
  url: (method: 'GET' | 'PUT', key: string) => string,
): Promise<number> {
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const key = `peak-${client}`;
      await exchange(url('PUT', key), { method: 'PUT', sizeBytes });
      await exchange(url('GET', key), { method: 'GET', sizeBytes });
    }),
  );
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
}
