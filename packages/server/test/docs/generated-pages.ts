import { renderErrorsPage } from './errors-page.ts';
import { renderHttpApiPage } from './http-api-page.ts';
import { readOpenApi } from './open-api.ts';
import { renderSettingsPage } from './settings-page.ts';

/** The documents that are generated from the code: file names in `docs/`, and their text. */
export async function generatePages(): Promise<readonly (readonly [name: string, text: string])[]> {
  const openApi = await readOpenApi();
  return [
    ['openapi.json', `${JSON.stringify(openApi, null, 2)}\n`],
    ['http-api.md', renderHttpApiPage(openApi)],
    ['errors.md', renderErrorsPage()],
    ['settings.md', renderSettingsPage()],
  ];
}
