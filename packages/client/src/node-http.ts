/** Pauses between the tries of a request, the same for all transfers. */
export { parseRetryAfter } from './storage-error.ts';
export { backOffSeconds, defaultRetryPolicy, type RetryPolicy } from './transfer/back-off.ts';
/** The client's own HTTP in Node, through the proxies that `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` name. */
export { openRequest, type RequestHead } from './transport/node/http-exchange.ts';
export { type FetchOptions, fetchOverHttp } from './transport/node/http-fetch.ts';
