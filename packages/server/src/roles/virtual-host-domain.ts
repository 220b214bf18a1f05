import { isIP } from 'node:net';

/**
 * The domain below which each bucket has a host name of its own: the host of the public URL, or where that is an IP address,
 * `localhost`, whose subdomains stay on this machine (RFC 6761 §6.3).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function virtualHostDomain(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : 'localhost';
}
