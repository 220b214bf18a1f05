/** HTTP in Node as the SDK speaks it: through the proxies that the environment names. */
export { openRequest, type RequestHead } from './platform/http-exchange.ts';
export { type FetchOptions, fetchOverHttp } from './platform/http-fetch.ts';
