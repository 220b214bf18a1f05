import { describe, expect, it } from 'vitest';
import { hasScope, type Operation } from '../caller.ts';
import { callerOf, foldName, type Operator, readName } from './operator.ts';

const operator = (role: Operator['role'], ...projects: string[]): Operator => ({
  ...{ id: 'id', name: 'mina', role, projects, createdAt: new Date(0) },
});

describe('the caller that an operator is', () => {
  it.each<[Operator, boolean, boolean]>([
    [operator('owner'), true, true],
    [operator('admin', 'shop'), true, true],
    [operator('admin', 'other'), false, false],
    [operator('admin'), false, false],
    [operator('viewer', 'shop'), true, false],
    [operator('viewer', 'shop2'), false, false],
  ])('%o may read: %s, may write: %s', (each, reads, writes) => {
    const caller = callerOf(each, 'shop/prod');
    const may = (operation: Operation) => caller !== undefined && hasScope(caller, operation);
    for (const kind of ['files', 'environment', 'webhooks'] as const) {
      expect(may(`${kind}:read`)).toBe(reads);
      expect(may(`${kind}:write`)).toBe(writes);
    }
  });
});

describe('names of operators', () => {
  it('are compared without case and compatibility forms', () => {
    expect(foldName('ＭＩＮＡ')).toBe(foldName('mina'));
  });

  it('lose spaces at their ends, and have no control characters', () => {
    expect(readName(' 민아 ')).toBe('민아');
    for (const name of ['', '  ', 'a\u0000b', 'x'.repeat(65), '..'])
      expect(() => readName(name)).toThrow(/name/);
  });
});
