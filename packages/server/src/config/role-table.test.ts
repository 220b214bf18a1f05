import { describe, expect, it } from 'vitest';
import {
  defaultOperationsPort,
  operatedRoles,
  publicHosts,
  roleNames,
  roles,
  stopsAfter,
} from './role-table.ts';

describe('the table of roles', () => {
  it.each(roleNames)('has %s stop before the servers that it needs', (name) => {
    for (const backend of roles[name].needs) expect(stopsAfter(backend)).toContain(name);
  });

  it('gives every public port and operations port a default of its own', () => {
    const ports = [
      ...publicHosts.map((name) => roles[name].port),
      ...operatedRoles.map(defaultOperationsPort),
    ];
    expect(ports.toSorted()).toEqual([4500, 4501, 4502, 4503, 4510, 4511, 4512, 4513, 4514]);
  });
});
