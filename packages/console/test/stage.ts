import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { launchChromium } from '../../client/test/browser/chromium.ts';
import { operate } from '../../test-support/src/process/operate.ts';
import { type RunningService, startService } from '../../test-support/src/service/start-service.ts';

/** A service, a browser, and everything that pages have complained about. */
export interface Stage extends AsyncDisposable {
  readonly service: RunningService;
  readonly browser: Browser;
  /** The one-time link that the service printed at its start. */
  readonly setupUrl: string;
  /** Errors on the console of pages, violations of the Content Security Policy among them. */
  readonly complaints: string[];
  /** A browser context whose pages are watched. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** Prints a link of a new operator. */
  invite(...words: string[]): Promise<string>;
}

export const password = 'correct horse battery staple';

export async function openStage(): Promise<Stage> {
  const [service, browser] = await Promise.all([startService(), launchChromium()]);
  const setupUrl = await printedSetupUrl(service);
  const complaints: string[] = [];
  return {
    service,
    browser,
    setupUrl,
    complaints,
    async newContext(options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      context.on('weberror', (error) => complaints.push(String(error.error())));
      context.on('console', (message) => {
        // A failed request that a test provokes is no complaint about our code.
        const isAnswer = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
      });
      return context;
    },
    async invite(...words) {
      const { url } = await operate<{ url: string }>(['console', 'invite', ...words], service.env);
      return url;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** The link appears once all roles are ready, which may be a moment after they answer. */
async function printedSetupUrl({ output }: RunningService): Promise<string> {
  return vi.waitFor(async () => {
    const [url] = /http:\S+#setup=\S+/.exec(await output()) ?? expect.fail('No link is printed.');
    return url;
  }, 30_000);
}

/** Uses a one-time link, as a new operator with this name. */
export async function setUp(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('navigation', { name: 'Folder' }).waitFor();
}

/** Drops files on the list, as a file manager does. */
export async function dropFiles(
  page: Page,
  files: readonly { readonly name: string; readonly type: string; readonly bytes: Buffer }[],
): Promise<void> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of given) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      return data;
    },
    files.map(({ name, type, bytes }) => ({ name, type, base64: bytes.toString('base64') })),
  );
  const zone = page.getByRole('main');
  await zone.locator('> div').first().dispatchEvent('drop', { dataTransfer: transfer });
}

interface AxeResult {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** Looks for serious faults of accessibility on a page. @returns what axe found, one line each */
export async function findAxeFaults(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // By the debugger's way, since the Content Security Policy allows no script of a test.
  await page.evaluate(`${axe}; undefined`);
  const violations = await page.evaluate(
    async () =>
      (await (globalThis as unknown as { axe: { run(): Promise<{ violations: AxeResult[] }> } }).axe.run())
        .violations,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
