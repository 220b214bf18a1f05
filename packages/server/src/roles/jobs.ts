import type { StartRole } from './role.ts';

export const startJobs: StartRole = async () => {
  throw new Error('The jobs role is not put together yet.');
};
