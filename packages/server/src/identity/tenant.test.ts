import { describe, expect, it } from 'vitest';
import { isEnvironmentName, isProjectName, parseTenant, projectOf, tenantOf } from './tenant.ts';

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

describe('isEnvironmentName', () => {
  it.each(['dev', 'staging', 'prod', 'qa', 'preview-42', `a${'b'.repeat(31)}`])('takes %s', (name) => {
    expect(isEnvironmentName(name)).toBe(true);
  });

  it.each(['', 'Dev', '1', '-a', 'a b', 'a/b', 'a.b', 'é', `a${'b'.repeat(32)}`, 'dev\n'])(
    'refuses %j',
    (name) => {
      expect(isEnvironmentName(name)).toBe(false);
    },
  );
});

describe('parseTenant', () => {
  it('reads a project and an environment, and nothing else', () => {
    expect(parseTenant('shop/prod')).toBe('shop/prod');
    for (const text of [
      '',
      'shop',
      'shop/',
      '/prod',
      'shop/prod/',
      'shop/prod/x',
      'smart/prod',
      'shop/Prod',
    ]) {
      expect(parseTenant(text)).toBeUndefined();
    }
    expect(projectOf('shop/prod')).toBe('shop');
  });
});
