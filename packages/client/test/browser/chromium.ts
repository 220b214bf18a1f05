import { existsSync } from 'node:fs';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

/** Where Debian and Ubuntu put it; `CHROMIUM` names another place. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Chromium as it is on users' machines, without a window, and without calls home. */
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

/** @throws when there is no Chromium, saying what to do */
export function requireChromium(): void {
  if (existsSync(executablePath)) return;
  throw new Error(
    `There is no Chromium at ${executablePath}: "apt-get install chromium" on Debian, or set CHROMIUM to where it is.`,
  );
}
