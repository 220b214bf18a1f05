import type { StartRole } from './role.ts';

export const startApi: StartRole = async () => {
  throw new Error('The api role is not put together yet.');
};
