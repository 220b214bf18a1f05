import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, refusalOfUrl } from './public-address.ts';

/** Hosts that must never be connected to, in every spelling that a URL has for them. */
const closed: Readonly<Record<string, readonly string[]>> = {
  loopback: [
    ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'],
    ...['127.0.0.1.', '127.255.255.254', '0x7F.0x0.0x0.0x1', '1２7.0.0.1', '127。0。0。1', '%31%32%37.0.0.1'],
    ...[
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      'localhost.localdomain',
    ],
  ],
  'this host': ['0.0.0.0', '0', '0x0', '00.0', '[::]', '0.1.2.3'],
  private: [
    ...[
      '10.0.0.1',
      '10.1',
      '167772161',
      '0xa000001',
      '012.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
    ],
    ...['3232235521', '0xc0a80001', '192.168.1', '[fc00::1]', '[fd12:3456::1]', '[fec0::1]'],
  ],
  'link-local and metadata': [
    ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518', '[fe80::1]'],
    ...['[fd00:ec2::254]', '100.100.100.200', '192.0.0.192', '168.63.129.16', '[fd20:ce::254]'],
    ...[
      'metadata.google.internal',
      'metadata',
      'instance-data',
      'printer.local',
      'nas.lan',
      'router.home.arpa',
    ],
  ],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.254', '1681915905'],
  'special purposes': [
    ...[
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.1',
      '198.18.0.1',
      '192.88.99.1',
      '224.0.0.1',
      '239.255.255.255',
    ],
    ...['240.0.0.1', '255.255.255.255', '[2001:db8::1]', '[ff02::1]', '[100::1]', '[3fff::1]', '[5f00::1]'],
  ],
  'IPv4 inside of IPv6': [
    ...[
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:a9fe:a9fe]',
      '[0:0:0:0:0:ffff:10.0.0.1]',
      '[::127.0.0.1]',
    ],
    ...[
      '[64:ff9b::7f00:1]',
      '[64:ff9b::169.254.169.254]',
      '[64:ff9b:1::a00:1]',
      '[2002:7f00:1::]',
      '[2002:a9fe:a9fe::1]',
    ],
    ...['[2001:0:7f00:1::]', '[::ffff:0:127.0.0.1]', '[::ffff:8.8.8.8]'],
  ],
};
const cases = Object.entries(closed).flatMap(([kind, hosts]) => hosts.map((host) => [kind, host] as const));

describe('the URL of a webhook', () => {
  it.each(cases)('is refused: %s, %s', (_, host) => {
    for (const url of [`http://${host}/hook`, `https://${host}:8443/hook`]) {
      expect(refusalOfUrl(url, false)).toBeTypeOf('string');
    }
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'javascript:alert(1)',
    '//example.com',
    'example.com',
    '',
    'http://',
    'https://user:secret@example.com/',
    'https://example.com@127.0.0.1/',
    'http://127.0.0.1#@example.com/',
    'http://127.0.0.1\\@example.com/',
    'http://[::1',
    'http://1.2.3.4.5/ ',
  ])('is refused: %j', (url) => {
    expect(refusalOfUrl(url, false)).toBeTypeOf('string');
  });

  it.each([
    'https://example.com/hook?a=b',
    'https://example.com.:8443/',
    'http://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'https://xn--9t4b11yi5a.kr/',
    'https://bücher.example.com/',
  ])('is accepted: %s', (url) => {
    expect(refusalOfUrl(url, false)).toBeUndefined();
  });

  it('may be private where the operator allows it, but has no user name and is http', () => {
    expect(refusalOfUrl('http://127.0.0.1:3000/', true)).toBeUndefined();
    expect(refusalOfUrl('http://a:b@127.0.0.1:3000/', true)).toBeTypeOf('string');
    expect(refusalOfUrl('ftp://127.0.0.1/', true)).toBeTypeOf('string');
  });
});

describe('an address that a name resolves to', () => {
  it('is no public one when it carries any IPv4 address inside of IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '64:ff9b::', '::'), (address, prefix) => {
        expect(isPublicAddress(prefix + address)).toBe(false);
      }),
    );
  });

  it('is no public one when it is malformed, or of one interface', () => {
    for (const text of ['', 'localhost', 'fe80::1%eth0', '2606:4700::1%eth0', '1.2.3']) {
      expect(isPublicAddress(text), text).toBe(false);
    }
  });

  it('is no private one, whatever its last bytes', () => {
    const block = fc.constantFrom(
      '10',
      '127',
      '0',
      '169.254',
      '192.168',
      '172.20',
      '100.64',
      '198.18',
      '224',
      '255',
    );
    fc.assert(
      fc.property(block, fc.array(fc.nat(255), { minLength: 3, maxLength: 3 }), (first, rest) => {
        const address = [...first.split('.'), ...rest].slice(0, 4).join('.');
        expect(isPublicAddress(address)).toBe(false);
      }),
    );
  });
});
