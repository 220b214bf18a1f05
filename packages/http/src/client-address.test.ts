import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientAddress } from './client-address.ts';

/** As much of a request as counts here. */
function requestFrom(remoteAddress: string, forwardedFor?: string): IncomingMessage {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('a client’s address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('of the peer %s is %s', (peer, address) => {
    expect(createClientAddress([])(requestFrom(peer))).toBe(address);
  });

  it('is the peer’s, whatever it forwards, while no proxy is trusted', () => {
    expect(createClientAddress([])(requestFrom('10.0.0.1', '203.0.113.7'))).toBe('10.0.0.1');
  });

  it.each([
    ['10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '198.51.100.1, 203.0.113.7, 10.9.9.9,fd00::2', '203.0.113.7'],
    ['fd00::1', '2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
    ['10.0.0.1', '[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['10.0.0.1', '203.0.113.7:9999', '203.0.113.7'],
    ['10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.7, unknown', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.7, 10.0.0.9, <script>', '10.0.0.1'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['192.0.2.4', '198.51.100.1', '198.51.100.1'],
  ])('from %s, which forwards for %j, is %s', (peer, forwardedFor, address) => {
    const find = createClientAddress(['10.0.0.0/8', 'fd00::/8', '192.0.2.4']);
    expect(find(requestFrom(peer, forwardedFor))).toBe(address);
  });
});
