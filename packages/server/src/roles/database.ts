import type { StartRole } from './role.ts';

export const startDatabase: StartRole = async () => {
  throw new Error('The database role is not put together yet.');
};
