/**
 * What a signing key is good for: one day, one region, one service.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export interface CredentialScope {
  /** `yyyyMMdd`, UTC. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The last part of every scope. */
export const scopeTerminator = 'aws4_request';

/** `20130524/us-east-1/s3/aws4_request` */
export function formatScope({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/${scopeTerminator}`;
}
