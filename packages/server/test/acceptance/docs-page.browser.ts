import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../../client/test/browser/chromium.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';

let browser: Browser;
let service: RunningService;
beforeAll(async () => {
  [browser, service] = await Promise.all([launchChromium(), startService()]);
});
afterAll(async () => {
  await browser.close();
  await service[Symbol.asyncDispose]();
});

it('/docs shows every operation under our own name, without errors, other hosts and logos of others', async () => {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('response', (response) => {
    if (!response.ok()) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(service.apiUrl) && !url.startsWith('data:')) problems.push(url);
  });
  await page.goto(`${service.apiUrl}/docs`, { waitUntil: 'networkidle' });
  await page.waitForSelector('.opblock');
  expect(await page.title()).toBe('bkend storage API');
  expect(await page.locator('.opblock').count()).toBeGreaterThan(50);
  expect(await page.locator('img, .topbar').count()).toBe(0);
  await page.locator('.opblock-summary').first().click();
  await page.waitForSelector('.opblock-body');
  expect(problems).toEqual([]);
});
