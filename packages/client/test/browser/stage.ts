import type { Browser, Page } from 'playwright-core';
import {
  type ProxiedService,
  startProxiedService,
} from '../../../test-support/src/service/proxied-service.ts';
import { launchChromium } from './chromium.ts';
import { serveApp } from './web-server.ts';

/** A browser, an app on a page, and the service that the app uses. */
export interface Stage extends AsyncDisposable {
  readonly service: ProxiedService;
  readonly browser: Browser;
  /** Opens the app with a profile of its own, logged in as `userId`. */
  visit(options?: VisitOptions): Promise<Page>;
  /** Connects a page to the service; needed again after a reload. */
  connect(page: Page, options?: VisitOptions): Promise<void>;
}

export interface VisitOptions {
  readonly userId?: string;
  /** Default: one token that has not expired. */
  readonly tokens?: readonly string[];
  readonly concurrency?: number;
}

export async function openStage(): Promise<Stage> {
  const [service, browser, web] = await Promise.all([
    startProxiedService(),
    launchChromium(),
    serveApp('app.ts'),
  ]);
  const connect = async (page: Page, { userId = 'alice', tokens, concurrency }: VisitOptions = {}) => {
    const options = {
      url: service.api.url,
      apiKey: service.publishableKey,
      imagesUrl: service.imagesUrl,
      tokens: tokens ?? [service.accessToken(userId)],
      retry: { firstDelaySeconds: 0.05, maxDelaySeconds: 0.5 },
      ...(concurrency && { concurrency }),
    };
    await page.waitForFunction(() => 'app' in globalThis);
    await page.evaluate((given) => app.connect(given), options);
  };
  return {
    service,
    browser,
    connect,
    async visit(options) {
      const page = await (await browser.newContext()).newPage();
      await page.goto(web.url);
      await connect(page, options);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await web[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}
