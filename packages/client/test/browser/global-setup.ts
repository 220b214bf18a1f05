import { requireChromium } from './chromium.ts';

/** Says at once, and once, when the browser is missing. */
export const setup = requireChromium;
