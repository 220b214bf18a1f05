/** The endpoint's side of a verification. */
export interface VerifyOptions {
  /** The one region whose signatures are accepted. */
  readonly region: string;
  /** The one service whose signatures are accepted; `s3` unless told. */
  readonly service?: string;
  readonly now: Date;
  /** The secret of an access key, undefined if there is no such key. */
  readonly findSecret: (accessKeyId: string) => string | undefined;
  /** How far the client's clock may be off; 900 unless told. */
  readonly maxSkewSeconds?: number;
}
