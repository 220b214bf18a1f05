import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toolTable } from './tool-table.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/mcp.md'), 'utf8');

it('docs/mcp.md has a row for every tool, with its REST call and scope', () => {
  const rows = page.split('\n').map((line) => line.replace(/ {2,}/g, ' '));
  for (const { name, operation, isReadOnly, always } of toolTable) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``)) ?? expect.fail(name);
    const query = always === undefined ? '' : `?${new URLSearchParams(always as Record<string, string>)}`;
    expect(row).toContain(`\`${operation.method} ${operation.route}${query}\``);
    expect(row).toContain(isReadOnly ? '`files:read`' : '`files:write`');
  }
});
