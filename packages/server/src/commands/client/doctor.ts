import { createStorage } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import type { Output } from '../output.ts';
import {
  askForPlace,
  checkAddress,
  checkBrowserAccess,
  checkBytes,
  checkClocks,
  checkImages,
  findOpenTokens,
  identify,
  put,
  register,
} from './doctor-checks.ts';
import { type Login, readLogin } from './login-file.ts';
import { describe, PartlyFailedError } from './output.ts';

/** `doctor`: tries everything an app needs, step by step, and says what is wrong and how to mend it. */
export async function doctor(output: Output): Promise<void> {
  const findings = new Findings(output);
  await examine(await readLogin(readEnv()), findings);
  if (findings.failed > 0) throw new PartlyFailedError();
}

/** Goes on after what nothing else depends on. */
async function examine(login: Login, findings: Findings): Promise<void> {
  const { url, apiKey, accessToken } = login;
  const health = await findings.check(`the API answers at ${url}`, () => checkAddress(url));
  if (!health) return;
  await findings.check('the clocks of the API and of this machine agree', () => checkClocks(health));
  const options = { url, apiKey, retry: { tries: 2 }, stallSeconds: 10, journal: false } as const;
  if (!(await findings.check('the API key is good', () => identify(createStorage(options))))) return;
  await findings.warn('tokens are good in one environment only', () => findOpenTokens(login));
  const storage = createStorage({ ...options, ...(accessToken && { accessToken }) });
  if (accessToken && !(await findings.check('the access token is good', () => identify(storage)))) return;

  const place = await findings.check('the API says where to upload', () => askForPlace(login));
  if (!place) return;
  const store = new URL(place.url).origin;
  const answer = await findings.check(`the object store takes an upload at ${store}`, () => put(place));
  if (!answer) return;
  await findings.check('browsers may upload there, and read the ETag (CORS)', () =>
    checkBrowserAccess(place, answer),
  );
  const file = await findings.check('the upload becomes a file', () => register(login, place));
  if (!file) return;
  await findings.check('the file comes back as it was', () => checkBytes(storage, file));
  await findings.check('the image host shows it', () => checkImages(file));
  await findings.check('the file can be deleted', () => storage.delete(file.id).then(() => true));
}

/** Says of each check how it went. */
class Findings {
  failed = 0;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Says what to look after though nothing has failed; nothing where `work` finds nothing. */
  async warn(what: string, work: () => Promise<string | undefined>): Promise<void> {
    const warning = await work();
    if (warning === undefined) return;
    this.#output.show({ check: what, ok: true, warning }, [`warn  ${what}: not yet`, `      ${warning}`]);
  }

  /** What the check finds out; undefined when it fails. */
  async check<Found>(what: string, work: () => Promise<Found>): Promise<Found | undefined> {
    try {
      const found = await work();
      this.#output.show({ check: what, ok: true }, `ok    ${what}`);
      return found;
    } catch (error) {
      this.failed += 1;
      const { code, message } = describe(error);
      const shown = code === undefined ? message : `${message} (${code})`;
      this.#output.show({ check: what, ok: false, error: { code, message } }, [
        `FAIL  ${what}`,
        `      ${shown}`,
      ]);
      return undefined;
    }
  }
}
