import { requireChromium } from './chromium.ts';

/** Fails before the first test when the browser is missing. */
export const setup = requireChromium;
