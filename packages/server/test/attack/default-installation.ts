/** Takes back what other tests configure: an attack meets the defaults. An empty variable counts as unset. */
export const defaultInstallation = { JWT_SECRET: '', BKEND_RATE_LIMIT: '' };
