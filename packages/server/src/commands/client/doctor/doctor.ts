import { createStorage } from '@bkend/storage';
import { readEnv } from '../../../config/env.ts';
import { ReportedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { type Login, readLogin } from '../login-file.ts';
import { describeError } from '../report-failure.ts';
import {
  checkAddress,
  checkBrowserAccess,
  checkBytes,
  checkClocks,
  checkImages,
  findOpenTokens,
  identify,
  presignUpload,
  put,
  register,
} from './checks.ts';

/** `doctor`: checks everything an app needs, step by step, and reports what is wrong and how to fix it. */
export async function doctor(output: Output): Promise<void> {
  const findings = new Findings(output);
  await examine(await readLogin(readEnv()), findings);
  if (findings.failed > 0) throw new ReportedError();
}

/** Ends at a failure on which all further checks depend. */
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

  const upload = await findings.check('the API presigns an upload', () => presignUpload(login));
  if (!upload) return;
  const store = new URL(upload.url).origin;
  const response = await findings.check(`the object store takes the upload at ${store}`, () => put(upload));
  if (!response) return;
  await findings.check('browsers may upload there, and read the ETag (CORS)', () =>
    checkBrowserAccess(upload, response),
  );
  const file = await findings.check('the upload is registered as a file', () => register(login, upload));
  if (!file) return;
  await findings.check('the file is downloaded unchanged', () => checkBytes(storage, file));
  await findings.check('the images host serves it', () => checkImages(file));
  await findings.check('the file can be deleted', () => storage.delete(file.id).then(() => true));
}

/** Shows the outcome of each check. */
class Findings {
  failed = 0;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows a warning where `work` returns one; it is not a failure. */
  async warn(what: string, work: () => Promise<string | undefined>): Promise<void> {
    const warning = await work();
    if (warning === undefined) return;
    this.#output.show({ check: what, ok: true, warning }, [`warn  ${what}: not yet`, `      ${warning}`]);
  }

  /** Runs a check. @returns its result; undefined when it fails */
  async check<Found>(what: string, work: () => Promise<Found>): Promise<Found | undefined> {
    try {
      const found = await work();
      this.#output.show({ check: what, ok: true }, `ok    ${what}`);
      return found;
    } catch (error) {
      this.failed += 1;
      const { code, message } = describeError(error);
      const shown = code === undefined ? message : `${message} (${code})`;
      this.#output.show({ check: what, ok: false, error: { code, message } }, [
        `FAIL  ${what}`,
        `      ${shown}`,
      ]);
      return undefined;
    }
  }
}
