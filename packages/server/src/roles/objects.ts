import type { StartRole } from './role.ts';

export const startObjects: StartRole = async () => {
  throw new Error('The objects role is not put together yet.');
};
