import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4, isIPv6, type Socket } from 'node:net';

/** The address that a request is counted under. */
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * Creates the function that finds the client address of a request: the peer of the connection, or, behind a trusted proxy, the
 * rightmost untrusted address of `X-Forwarded-For`. Addresses left of it may come from the client itself. IPv6 addresses count by
 * their first 64 bits, the size of one customer's network (RFC 6177).
 * @param trustedProxies addresses, and ranges such as `10.0.0.0/8`
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return createPeerAddress();
  const trusted = readRanges(trustedProxies);
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '');
    const hops = [headers['x-forwarded-for'] ?? ''].flat().join().split(',');
    while (isIP(address) !== 0 && isTrusted(address)) {
      const hop = plain(hops.pop() ?? '');
      // Not written by one of our proxies: the address of the proxy is all that is known.
      if (isIP(hop) === 0) break;
      address = hop;
    }
    return countedAs(address);
  };
}

/** Once for each connection, whose peer stays the same. */
function createPeerAddress(): ClientAddress {
  const known = new WeakMap<Socket, string>();
  return ({ socket }) => {
    let address = known.get(socket);
    if (address === undefined) {
      address = countedAs(plain(socket.remoteAddress ?? ''));
      known.set(socket, address);
    }
    return address;
  };
}

function readRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}

/** Without port, brackets and zone, and IPv4 as such: `[::ffff:10.0.0.1]:443` is `10.0.0.1`. */
function plain(text: string): string {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed) ?? [];
  const [, beforePort] = /^([\d.]+):\d+$/.exec(trimmed) ?? [];
  const address = (bracketed ?? beforePort ?? trimmed).replace(/%.*$/, '');
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}

function countedAs(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** In one spelling each; dotted groups at the end count as two, and are never among the first four. */
function groupsOf(text: string): string[] {
  if (text === '') return [];
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ['0', '0'] : [group.toLowerCase().replace(/^0+(?=.)/, '')]));
}
