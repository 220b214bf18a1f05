import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiPage } from './api-page.ts';

const page = await readFile(join(import.meta.dirname, '../../../docs/client-api.md'), 'utf8');

test('docs/client-api.md is equal to the built package (otherwise: npm run docs)', () => {
  expect(page).toBe(apiPage());
});

test('each link of docs/client-api.md leads to one of its sections', () => {
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name.toLowerCase());
  const targets = [...page.matchAll(/\]\(#(\w+)\)/g)].map(([, target]) => target);
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((target) => !headings.includes(target ?? ''))).toEqual([]);
});
