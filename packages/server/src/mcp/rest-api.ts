/** An operation of the REST API, by method and route: `GET /v1/files/:fileId`. */
export interface RestOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly route: `/v1/${string}`;
}

/** One answer of the REST API. */
export interface RestAnswer {
  readonly status: number;
  readonly json: unknown;
}

/**
 * The REST API as one caller has it. Every tool goes through it, so that a tool passes the same authentication, scopes, rate limit,
 * validation and access rules as the REST call, and its answer has the same fields.
 */
export interface RestApi {
  /** Sends a request with the caller's own key and token. */
  call(request: {
    readonly method: RestOperation['method'];
    readonly url: string;
    readonly json?: unknown;
  }): Promise<RestAnswer>;
  /** Whether the API would let this caller begin the operation: by the kind of caller and the scopes of its key. */
  mayCall(operation: RestOperation): boolean;
}
