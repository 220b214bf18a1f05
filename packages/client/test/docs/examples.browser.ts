import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ProxiedService,
  startProxiedService,
} from '../../../test-support/src/service/proxied-service.ts';
import { launchChromium } from '../browser/chromium.ts';
import { compileVue, openWorkshop, readExample, type Workshop } from './examples.ts';

const sample = join(import.meta.dirname, '../../../server/assets/sample.jpg');

let service: ProxiedService;
let browser: Browser;
beforeAll(async () => {
  [service, browser] = await Promise.all([startProxiedService(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await service[Symbol.asyncDispose]();
});

/** The module `./storage` of the examples. */
const storageModule = () => `
import { createStorage } from '@bkend/storage';
export const storage = createStorage({
  url: ${JSON.stringify(service.api.url)},
  apiKey: ${JSON.stringify(service.publishableKey)},
  imagesUrl: ${JSON.stringify(service.imagesUrl)},
  accessToken: ${JSON.stringify(service.accessToken('alice'))},
});`;

/** Bundled as by an app's build. */
async function bundle({ directory }: Workshop, entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(directory, entry)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    preserveSymlinks: true,
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** Serves a page and the files of the workshop, and opens the page. */
async function open(workshop: Workshop, html: string): Promise<Page & AsyncDisposable> {
  const server = createServer(async ({ url = '/' }, answer) => {
    const path = resolve(join(workshop.directory, url));
    const isInside = path.startsWith(workshop.directory + sep);
    const body = url === '/' ? html : isInside && (await readFile(path).catch(() => undefined));
    const type = url === '/' ? 'text/html' : 'text/javascript';
    answer.writeHead(body ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8` });
    answer.end(body || undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const context = await browser.newContext();
  // The example for pages without a bundler reads the token from there.
  await context.addInitScript((token) => localStorage.setItem('token', token), service.accessToken('alice'));
  const page = await context.newPage();
  // A server that listens on TCP has such an address.
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return Object.assign(page, {
    async [Symbol.asyncDispose]() {
      await context.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}

/** Width of the first image in pixels, once it is loaded. */
async function widthOf(page: Page): Promise<number> {
  const shown = page.locator('img').first();
  await shown.waitFor();
  await page.waitForFunction(() => (document.querySelector('img')?.naturalWidth ?? 0) > 0);
  return shown.evaluate((image) => (image as HTMLImageElement).naturalWidth);
}

test('the example for React uploads an image and shows it in the list', async () => {
  await using workshop = await openWorkshop();
  await workshop.write('storage.ts', storageModule());
  await workshop.write('example.tsx', await readExample('React'));
  await workshop.write(
    'main.tsx',
    `import { createRoot } from 'react-dom/client';
    import { App } from './example.tsx';
    createRoot(document.body.appendChild(document.createElement('main'))).render(<App />);`,
  );
  const script = await bundle(workshop, 'main.tsx');
  await workshop.write('app.js', script);
  await using page = await open(workshop, '<!doctype html><script type="module" src="/app.js"></script>');
  await page.locator('input[type=file]').setInputFiles(sample);
  expect(await widthOf(page)).toBeGreaterThanOrEqual(200);
  expect(await page.locator('img').getAttribute('alt')).toBe('sample.jpg');
  expect(await page.locator('[role=alert]').count()).toBe(0);
});

test('the example for Vue uploads an image and shows it', async () => {
  await using workshop = await openWorkshop();
  await workshop.write('storage.ts', storageModule());
  await workshop.write('example.ts', compileVue(await readExample('Vue')));
  await workshop.write(
    'main.ts',
    `import { createApp } from 'vue';
    import Example from './example.ts';
    createApp(Example).mount(document.body.appendChild(document.createElement('main')));`,
  );
  await workshop.write('app.js', await bundle(workshop, 'main.ts'));
  await using page = await open(workshop, '<!doctype html><script type="module" src="/app.js"></script>');
  await page.locator('input[type=file]').setInputFiles(sample);
  expect(await widthOf(page)).toBe(200);
  expect(await page.locator('[role=alert]').count()).toBe(0);
});

test('the example for a page without a bundler uploads a file and shows its name', async () => {
  await using workshop = await openWorkshop();
  const example = await readExample('Plain JavaScript');
  const html = example
    .replace('http://127.0.0.1:4500', service.api.url)
    .replace('pk_…', service.publishableKey);
  await using page = await open(workshop, html);
  await page.locator('#choose').setInputFiles(sample);
  await page.getByText('sample.jpg').waitFor();
  expect(await page.locator('#bar').evaluate((bar) => (bar as HTMLProgressElement).value)).toBe(1);
});
