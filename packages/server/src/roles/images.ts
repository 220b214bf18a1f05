import type { StartRole } from './role.ts';

export const startImages: StartRole = async () => {
  throw new Error('The images role is not put together yet.');
};
