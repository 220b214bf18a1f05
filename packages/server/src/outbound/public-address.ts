import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Names that are of this machine or of its network, whatever they resolve to (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const localNames = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa|alt|onion)$/;

/** Azure's platform service, which answers every virtual machine at a public address. */
const platformServices = ['168.63.129.16'];

/**
 * Whether an address can be of the public internet: no private, loopback, link-local, carrier-grade NAT, multicast, reserved or
 * documentation address (IANA special-purpose address registries), nor one that carries an IPv4 address inside (IPv4-mapped,
 * NAT64, 6to4, Teredo), which a gateway may translate.
 * @param address an IP address, as a resolver returns it
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || platformServices.includes(parsed.toString())) return false;
  // The one block from which addresses of the internet are assigned (RFC 4291, section 2.4; IANA IPv6 address space).
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.IPv6.parse('2000::'), 3);
}

/**
 * Checks a URL that a client has named, without resolving its host.
 * @returns a sentence, or undefined where the host is a name to resolve, or a public address
 */
export function refusalOfUrl(text: string, mayBePrivate: boolean): string | undefined {
  // The URL parser writes every spelling of an IPv4 address, decimal, octal, hexadecimal or short, in one way (WHATWG URL, 3.5).
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'It must be an http or https URL.';
  }
  if (url.username !== '' || url.password !== '') return 'It must have no user name and no password.';
  if (mayBePrivate) return undefined;
  const host = hostOf(url);
  if (isIP(host) !== 0 ? !isPublicAddress(host) : localNames.test(host) || !host.includes('.')) {
    return `${url.hostname} is not a public address.`;
  }
  return undefined;
}

/** The host of a URL, without the brackets of an IPv6 address and the dot at the end of a name. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
