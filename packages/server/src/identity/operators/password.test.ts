import { describe, expect, it } from 'vitest';
import { Passwords, requirePassword } from './password.ts';

describe('Passwords', () => {
  it('verifies a password against its hash alone, however its letters are composed', async () => {
    const passwords = new Passwords();
    const [first, second] = await Promise.all([
      passwords.hash('비밀번호는 길다'),
      passwords.hash('비밀번호는 길다'),
    ]);
    expect(first).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(second).not.toBe(first);
    expect(await passwords.verify('비밀번호는 길다'.normalize('NFD'), first)).toBe(true);
    expect(await passwords.verify('비밀번호는 짧다', first)).toBe(false);
    expect(await passwords.verify('비밀번호는 길다', undefined)).toBe(false);
  });

  it('refuses what would wait behind too many, and goes on with the others', async () => {
    const passwords = new Passwords(1);
    const attempts = ['a', 'b', 'c', 'd'].map((password) => passwords.hash(password));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(outcomes[3]).toMatchObject({ reason: { code: 'common/unavailable' } });
  });

  it('verifies hashes of another cost, so that the cost can be raised', async () => {
    // RFC 7914, section 12: N = 16384, r = 8, p = 1; the first 32 of 64 bytes.
    const hash = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
    const salt = Buffer.from('SodiumChloride');
    const stored = ['scrypt', 14, 8, 1, salt.toString('base64url'), hash.toString('base64url')].join('$');
    expect(await new Passwords().verify('pleaseletmein', stored)).toBe(true);
  });
});

describe('requirePassword', () => {
  it.each(['short', 'a'.repeat(257), 'abababababababab', 'alexander the g', '           '])(
    'refuses %j',
    (password) => {
      expect(() => requirePassword(password, 'alexander')).toThrow(/password/);
    },
  );

  it.each(['correct horse battery', '가나다라마바사아자차카타', '🔑🔒🔓🗝️ and so on'])(
    'accepts %j',
    (password) => {
      expect(() => requirePassword(password, 'alexander')).not.toThrow();
    },
  );
});
