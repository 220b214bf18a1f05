import { existsSync } from 'node:fs';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

/** The path of Debian and Ubuntu; `CHROMIUM` names another. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Chromium as on users' machines, but without a window and without calls to its maker. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch(launchOptions());
}

export function launchOptions(): LaunchOptions {
  requireChromium();
  return {
    executablePath,
    headless: true,
    // Root has no sandbox to run it in.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}

/** @throws Error with the command to install it, when there is no Chromium */
export function requireChromium(): void {
  if (existsSync(executablePath)) return;
  throw new Error(
    `There is no Chromium at ${executablePath}: "apt-get install chromium" on Debian, or set CHROMIUM to where it is.`,
  );
}
