import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let page: Page;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(async () => {
  stage.service.objects.calm();
  await page.context().close();
});

const inParts = 17 * 2 ** 20;
const digestOf = (seed: number, size: number) =>
  createHash('sha256').update(seededBytes(seed, size)).digest('hex');

test.each([300_000, inParts])('a file of %i bytes has the SHA-256 that Node computes', async (size) => {
  page = await stage.visit();
  const file = await page.evaluate((size) => app.storage.upload(app.file(1, size), { sha256: true }), size);
  expect(file.sha256).toBe(digestOf(1, size));
});

test('a stream has the SHA-256 that Node computes', async () => {
  page = await stage.visit();
  const file = await page.evaluate(
    (size) => app.storage.upload(app.file(2, size).stream(), { sha256: true, size }),
    inParts,
  );
  expect(file).toMatchObject({ size: inParts, sha256: digestOf(2, inParts) });
});

test('a byte damaged in transit is found, and leaves no file', async () => {
  page = await stage.visit();
  let puts = 0;
  stage.service.objects.decide = ({ method }) =>
    method === 'PUT' && ++puts === 2 ? { kind: 'damage', atByte: 12_345 } : undefined;
  const { error } = await page.evaluate(
    (size) => app.outcome(app.storage.upload(app.file(3, size), { sha256: true })),
    inParts,
  );
  expect(error).toMatchObject({ code: 'client/checksum-mismatch', phase: 'checking' });
  expect(await page.evaluate(async () => (await app.storage.listPage({ search: '3.bin' })).items)).toEqual(
    [],
  );
});
