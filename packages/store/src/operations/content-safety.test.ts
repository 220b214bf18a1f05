import { expect, it } from 'vitest';
import { addContentSafety } from './read-object.ts';

it.each([
  ['text/html', true],
  [' Text/HTML; charset=utf-8', true],
  ['application/xhtml+xml', true],
  ['image/svg+xml', true],
  ['application/xml', true],
  ['text/xml', true],
  ['text/xsl', true],
  ['application/rss+xml;q=1', true],
  ['multipart/x-mixed-replace', true],
  ['text/cache-manifest', true],
  ['text/plain', false],
  ['text/plain; a=xml', false],
  ['image/png', false],
  ['application/pdf', false],
])('of the type %j, it is kept from running scripts: %s', (type, isSandboxed) => {
  const headers: Record<string, string> = { 'content-type': type };
  addContentSafety(headers);
  expect(headers['content-security-policy']).toBe(isSandboxed ? 'sandbox' : undefined);
  expect(headers['x-content-type-options']).toBe('nosniff');
});

it('what is saved rather than shown needs no sandbox', () => {
  const disposition = 'Attachment; filename="a.html"';
  const headers: Record<string, string> = { 'content-type': 'text/html', 'content-disposition': disposition };
  addContentSafety(headers);
  expect(headers['content-security-policy']).toBeUndefined();
});
