import { isIP } from 'node:net';

/**
 * Below which domain buckets have host names of their own: that of the address clients are given, or `localhost`, whose
 * subdomains stay on this machine (RFC 6761 §6.3), where that is a number.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function virtualHostDomain(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : 'localhost';
}
