import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropFiles, findAxeFaults, openStage, type Stage, setUp } from './stage.ts';

const photo = fileURLToPath(new URL('../../server/assets/sample.jpg', import.meta.url));
/** Names that could break a layout, or be taken for markup. */
const names = [
  'harbour.jpg',
  '"><img src=x onerror=alert(1)>.jpg',
  `${'아주 긴 이름의 여행 사진 '.repeat(6)}.jpg`,
  `${'w'.repeat(180)}.jpg`,
];

let stage: Stage;
let first: Page;
let cookies: Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;
beforeAll(async () => {
  stage = await openStage();
  first = await (await stage.newContext()).newPage();
  await setUp(first, stage.setupUrl, 'mina');
  cookies = await first.context().cookies();
});
afterAll(() => stage[Symbol.asyncDispose]());

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await stage.newContext(options);
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(`${stage.service.consoleUrl}${path}`);
  return page;
}

const files = '/p/default/dev/files';
const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  (['en-GB', 'ko-KR'] as const).map((locale) => ({ colorScheme, locale })),
);

/** Screens, and the element that shows that one has been filled. */
const screens: readonly (readonly [name: string, path: () => Promise<string> | string, shown: string])[] = [
  ['a list', () => files, 'main ul li'],
  ['a search without results', () => `${files}?q=none`, 'main h2'],
  ['the details of a file', async () => `${files}?file=${await firstId()}`, 'aside dl'],
  ['the details of no file', () => `${files}?file=none`, 'aside [role=alert]'],
  ['an empty folder', () => `${files}?folder=nothing/here`, 'main h2'],
  ['the empty trash', () => '/p/default/dev/trash', 'main h2'],
  ['no page', () => '/nowhere', 'h2'],
  ['a link that was used', () => `/#setup=${'A'.repeat(43)}`, 'h1'],
];

async function firstId(): Promise<string> {
  const answer = await first.evaluate(async () => {
    const response = await fetch('/api/t/default/dev/v1/files?limit=1', { headers: { 'X-Console': '1' } });
    return (await response.json()) as { items: { id: string }[] };
  });
  return answer.items[0]?.id ?? '';
}

/** Queries of the first screen, by the address that they read. */
const queries: readonly (readonly [name: string, address: RegExp])[] = [
  ['the session', /\/api\/session$/],
  ['environments', /\/api\/environments$/],
  ['files', /\/v1\/files\?/],
  ['folders', /\/v1\/folders/],
  ['the details of a file', /\/v1\/files\/[^/?]+$/],
];

describe('the screens of the console', () => {
  it('show names as text, whatever is in them', async () => {
    const bytes = await readFile(photo);
    await dropFiles(
      first,
      names.map((name) => ({ name, type: 'image/jpeg', bytes })),
    );
    await first.getByText('4 files uploaded').waitFor();
    for (const name of names) {
      await expect.poll(() => first.locator('main bdi').allTextContents()).toContain(name);
    }
  });

  it('are held against rules that find a fault', async () => {
    const page = await visit(files);
    await page.locator('main ul li').first().waitFor();
    await page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')));
    expect(await findAxeFaults(page)).toEqual([expect.stringContaining('button-name')]);
    await page.context().close();
  });

  describe.each(looks)('in $colorScheme and $locale', (look) => {
    it('have no serious fault of accessibility', async () => {
      const page = await visit(files, look);
      for (const [name, path, shown] of screens) {
        // Another document: a change of the fragment alone would load none.
        await page.goto('about:blank');
        await page.goto(stage.service.consoleUrl + (await path()));
        await page.locator(shown).first().waitFor();
        expect(await findAxeFaults(page), name).toEqual([]);
      }
      await page.context().clearCookies();
      await page.goto(stage.service.consoleUrl);
      await page.locator('form').waitFor();
      expect(await findAxeFaults(page), 'sign-in').toEqual([]);
      await page.context().close();
    });
  });

  it.each([375, 768, 1440])('fit a window of %i pixels', async (width) => {
    const page = await visit(files, { viewport: { width, height: 800 }, locale: 'ko-KR' });
    for (const [name, path, shown] of screens) {
      await page.goto('about:blank');
      await page.goto(stage.service.consoleUrl + (await path()));
      await page.locator(shown).first().waitFor();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, name).toBeLessThanOrEqual(0);
    }
    await page.context().close();
  });

  it('can be used by the keyboard alone: search, open, rename, close', async () => {
    const page = await visit(files);
    await page.locator('main ul li').first().waitFor();
    const focusOn = async (name: RegExp) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        const text = await page.evaluate(
          () =>
            document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
        );
        if (name.test(text)) return;
      }
      throw new Error(`Tab does not lead to ${name}.`);
    };
    await focusOn(/Search by name/);
    await page.keyboard.type('harbour');
    await expect.poll(() => page.locator('main ul li').count()).toBe(1);
    await focusOn(/harbour\.jpg/);
    await page.keyboard.press('Enter');
    await page.locator('aside dl').waitFor();
    await focusOn(/Rename/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('aside').count()).toBe(0);
    await page.context().close();
  });

  it('load at most 200 kB before the first list, gzipped', async () => {
    const { readdir } = await import('node:fs/promises');
    const { gzipSync } = await import('node:zlib');
    const built = new URL('../../server/console/', import.meta.url);
    const page = await readFile(new URL('index.html', built), 'utf8');
    const loaded = [...page.matchAll(/"\/(assets\/[^"]+)"/g)].map(([, path = '']) => path);
    const korean = (await readdir(new URL('assets/', built))).filter((name) => /^ko-.*\.js$/.test(name));
    const all = [...loaded, ...korean.map((name) => `assets/${name}`)];
    expect(all.length).toBeGreaterThan(2);
    let bytes = 0;
    for (const path of all) bytes += gzipSync(await readFile(new URL(path, built))).length;
    expect(bytes).toBeLessThan(200_000);
  });

  it.each(queries)('tell the id of a request that failed, and ask again: %s', async (_, address) => {
    const context = await stage.newContext();
    await context.addCookies(cookies);
    const page = await context.newPage();
    const refusal = {
      error: { code: 'common/invalid-parameters', message: 'Not now.' },
      requestId: 'request-1',
    };
    await page.route(address, (route) => route.fulfill({ status: 400, json: refusal }));
    await page.goto(`${stage.service.consoleUrl}${files}?file=${await firstId()}`);
    await page.getByRole('alert').getByText('request-1').waitFor();
    expect(await findAxeFaults(page)).toEqual([]);
    await page.unroute(address);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('aside dl').waitFor();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    await context.close();
  });

  it('had no error on the console of any page, and no violation of the Content Security Policy', () => {
    expect(stage.complaints).toEqual([]);
  });
});
