import { describe, expect, it } from 'vitest';
import type { CorsRule } from '../index/records.ts';
import { corsHeaders } from './cors.ts';

const rule = (change: Partial<CorsRule> = {}): CorsRule => ({
  allowedOrigins: ['https://app.example.com'],
  allowedMethods: ['GET'],
  allowedHeaders: [],
  exposeHeaders: [],
  ...change,
});
const request = { origin: 'https://app.example.com', method: 'GET', headers: [] };
const originFor = (allowed: string, origin: string) =>
  corsHeaders([rule({ allowedOrigins: [allowed] })], { ...request, origin })?.['access-control-allow-origin'];

describe('corsHeaders', () => {
  it('says nothing without rules', () => {
    expect(corsHeaders(undefined, request)).toBeUndefined();
    expect(corsHeaders([], request)).toBeUndefined();
  });

  it.each([
    ['https://app.example.com', 'https://app.example.com', true],
    ['https://app.example.com', 'https://app.example.com.evil.org', false],
    ['https://app.example.com', 'HTTPS://APP.EXAMPLE.COM', false],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://.example.com', true],
    ['https://*.example.com', 'https://evil.org/.example.com.org', false],
    ['*.example.com', 'null', false],
    ['https://a*a', 'https://a', false],
  ])('with the origin %s lets %s in: %s', (allowed, origin, isLetIn) => {
    expect(originFor(allowed, origin)).toBe(isLetIn ? origin : undefined);
  });

  it('names the origin, and allows credentials, but for any origin', () => {
    expect(corsHeaders([rule()], request)).toMatchObject({ 'access-control-allow-credentials': 'true' });
    const any = corsHeaders([rule({ allowedOrigins: ['*'] })], request);
    expect(any).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(any).not.toHaveProperty('access-control-allow-credentials');
  });

  it('takes the first rule that allows all of it', () => {
    const rules = [
      rule({ allowedMethods: ['PUT'], maxAgeSeconds: 1 }),
      rule({ maxAgeSeconds: 2 }),
      rule({ allowedHeaders: ['*'], maxAgeSeconds: 3 }),
    ];
    const maxAge = (change: object) =>
      corsHeaders(rules, { ...request, ...change })?.['access-control-max-age'];
    expect(maxAge({})).toBe('2');
    expect(maxAge({ method: 'PUT' })).toBe('1');
    expect(maxAge({ headers: ['x-any'] })).toBe('3');
    expect(maxAge({ method: 'DELETE' })).toBeUndefined();
  });

  it('knows headers in any case, and by their beginning', () => {
    const rules = [rule({ allowedHeaders: ['Content-Type', 'x-amz-*'] })];
    const allowed = (...headers: string[]) =>
      corsHeaders(rules, { ...request, headers })?.['access-control-allow-headers'];
    expect(allowed('content-type', 'x-amz-date')).toBe('content-type, x-amz-date');
    expect(allowed('content-type', 'x-other')).toBeUndefined();
  });
});
