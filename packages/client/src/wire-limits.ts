/** Limits of the API that the client works by. Written out, as the types of `wire.ts` are: the client depends on nothing. */

/** Most files that one bulk call names. */
export const maxBulk = 1_000;

/** Files of a page: of the first, and of one that a cursor reads on. */
export const maxPageFiles = { byNumber: 100, byCursor: 1_000 };
