import { createServer } from 'node:net';

/*
 * Below the ports that systems give to connections and to `listen(0)` (Linux: 32768–60999, RFC 6335 section 6: 49152–65535).
 * One of those could be given away between the probe and the moment a service listens, or while a service restarts.
 */
const firstPort = 10_000;
const portsOfProcess = 100;
const slices = 220;
const firstOfProcess = firstPort + (process.pid % slices) * portsOfProcess;
let next = 0;

/**
 * Loopback ports that no process listens on now, each another.
 * Processes that run at the same time take theirs from different slices, so that none finds what another has found and not opened yet.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried === portsOfProcess)
      throw new Error(`There are no ${count} free ports from ${firstOfProcess} on.`);
    const port = firstOfProcess + next;
    next = (next + 1) % portsOfProcess;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => probe.close(resolve));
  return isListening;
}
