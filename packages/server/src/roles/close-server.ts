import type { Server } from 'node:http';

/** Takes no new connections, lets every request in progress end, and closes those that only wait. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closed;
}
