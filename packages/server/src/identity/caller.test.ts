import { describe, expect, it } from 'vitest';
import { type Caller, requireScope, requireSignedIn, type Scope } from './caller.ts';

const base = { tenant: 'acme/dev', keyId: 'key-1', scopes: [] } as const;

describe('requireSignedIn', () => {
  it('refuses guests, and no other callers', () => {
    expect(() => requireSignedIn({ ...base, kind: 'guest' })).toThrow(
      expect.objectContaining({ code: 'common/authentication-required' }),
    );
    expect(() => requireSignedIn({ ...base, kind: 'user', userId: 'alice' })).not.toThrow();
    expect(() => requireSignedIn({ ...base, kind: 'admin' })).not.toThrow();
  });
});

describe('requireScope', () => {
  it.each<[Scope[], boolean, boolean]>([
    [[], true, true],
    [['files:read'], true, false],
    [['files:write'], false, true],
    [['files:read', 'files:write'], true, true],
    [['files:*'], true, true],
    [['*:read'], true, false],
    [['*:*'], true, true],
  ])('with %j reading is %s and writing %s', (scopes, read, write) => {
    for (const kind of ['guest', 'user', 'admin'] as const) {
      const caller: Caller = { ...base, kind, userId: 'alice', scopes };
      for (const [operation, allowed] of [
        ['files:read', read],
        ['files:write', write],
      ] as const) {
        const check = () => requireScope(caller, operation);
        if (allowed) expect(check).not.toThrow();
        else expect(check).toThrow(expect.objectContaining({ code: 'auth/scope-insufficient' }));
      }
    }
  });
});

describe('an environment', () => {
  it.each<[Scope[], boolean, boolean]>([
    [[], true, true],
    [['*:*'], true, true],
    [['*:read'], true, false],
    [['files:*'], false, false],
  ])('with the scopes %j is read: %s, changed: %s', (scopes, read, write) => {
    const caller: Caller = { ...base, kind: 'admin', scopes };
    for (const [operation, allowed] of [
      ['environment:read', read],
      ['environment:write', write],
    ] as const) {
      const check = () => requireScope(caller, operation);
      if (allowed) expect(check).not.toThrow();
      else expect(check).toThrow(expect.objectContaining({ code: 'auth/scope-insufficient' }));
    }
  });
});
