import { describe, expect, it } from 'vitest';
import { isProjectName, tenantOf } from './tenant.ts';

describe('isProjectName', () => {
  it.each(['a', 'acme', 'acme-2', `a${'b'.repeat(62)}`, 'smarter', 'a--b'])('takes %s', (name) => {
    expect(isProjectName(name)).toBe(true);
  });

  it.each([
    '',
    'Acme',
    '1acme',
    '-acme',
    'ac me',
    'ac/me',
    'ac.me',
    '아크메',
    `a${'b'.repeat(63)}`,
    'smart',
    'fit-in',
    'filters',
    'health',
    'acme\n',
  ])('refuses %j', (name) => {
    expect(isProjectName(name)).toBe(false);
  });
});

describe('tenantOf', () => {
  it('writes project and environment as the prefix of keys', () => {
    expect(tenantOf('acme', 'staging')).toBe('acme/staging');
  });
});
