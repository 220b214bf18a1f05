import pg from 'pg';

/**
 * Opens a pool whose connections may break at any moment: a broken one fails the statement that it carries. Without these listeners, one
 * that is idle or is being closed would end the process.
 */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', ignoreLoss);
  pool.on('connect', (client) => client.on('error', ignoreLoss));
  return pool;
}

/** Listener to the errors of a connection, whose statements have them, too. */
export function ignoreLoss(): void {}
