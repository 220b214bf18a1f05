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

export const scopeTerminator = 'aws4_request';

/** `20130524/us-east-1/s3/aws4_request` */
export function formatScope(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${scopeTerminator}`;
}

/** A `Credential`, split but not yet judged. */
export interface PresentedCredential extends CredentialScope {
  readonly accessKeyId: string;
  readonly terminator: string;
}

/**
 * Splits `AKID/yyyyMMdd/region/service/aws4_request`; undefined if there are not exactly five parts.
 */
export function parseCredential(text: string): PresentedCredential | undefined {
  const [accessKeyId, date, region, service, terminator, ...rest] = text.split('/');
  if (accessKeyId === undefined || date === undefined || region === undefined) return undefined;
  if (service === undefined || terminator === undefined || rest.length > 0) return undefined;
  return { accessKeyId, date, region, service, terminator };
}
