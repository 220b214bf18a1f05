import { type AddressInfo, createServer } from 'node:net';

/** Loopback ports that no process listens on now; all held at once, so that no two are the same. */
export async function findFreePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(
    probes.map(async (probe) => {
      await new Promise((resolve) => probe.once('listening', resolve));
      // A listening TCP server's address is never a path.
      return (probe.address() as AddressInfo).port;
    }),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}
