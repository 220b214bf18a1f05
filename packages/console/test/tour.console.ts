import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropFiles, findAxeFaults, openStage, password, type Stage, setUp } from './stage.ts';

const photo = fileURLToPath(new URL('../../server/assets/sample.jpg', import.meta.url));

let stage: Stage;
let page: Page;
beforeAll(async () => {
  stage = await openStage();
  page = await (await stage.newContext()).newPage();
});
afterAll(() => stage[Symbol.asyncDispose]());

describe('the console, from the printed link to the first shared file', () => {
  it('makes the owner by the link, whose code leaves the address', async () => {
    await setUp(page, stage.setupUrl, 'mina');
    expect(page.url()).toBe(`${stage.service.consoleUrl}/p/default/dev/files`);
    await expect.poll(() => page.getByRole('heading', { name: 'No files yet' }).isVisible()).toBe(true);
  });

  it('uploads dropped files straight to storage, and shows a thumbnail of an image', async () => {
    const uploads: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PUT') uploads.push(new URL(request.url()).origin);
    });
    await dropFiles(page, [
      { name: 'harbour.jpg', type: 'image/jpeg', bytes: await readFile(photo) },
      { name: '영수증.txt', type: 'text/plain', bytes: Buffer.from('total 12') },
    ]);
    await page.getByText('2 files uploaded').waitFor();
    await page.getByRole('button', { name: /harbour\.jpg/ }).waitFor();
    const image = page.getByRole('button', { name: /harbour\.jpg/ }).locator('img');
    await expect.poll(() => image.evaluate((each: HTMLImageElement) => each.naturalWidth)).toBeGreaterThan(0);
    expect(new Set(uploads)).toEqual(new Set([stage.service.objectsUrl]));
  });

  it('uploads files of the file chooser', async () => {
    await page.locator('input[type=file]').setInputFiles({
      name: 'chosen.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('chosen'),
    });
    await page.getByRole('button', { name: /chosen\.txt/ }).waitFor();
  });

  it('copies a signed link that another browser context opens without a session', async () => {
    await page.getByRole('button', { name: /영수증\.txt/ }).click();
    await page.getByRole('button', { name: 'Copy link' }).click();
    const link = await page.getByLabel('Link', { exact: true }).inputValue();
    const stranger = await (await stage.newContext()).newPage();
    await stranger.goto(link);
    expect(await stranger.textContent('body')).toContain('total 12');
    await stranger.context().close();
  });

  it('downloads a file under its name', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('영수증.txt');
  });

  it('changes the visibility, and then shows the public address', async () => {
    await page.getByLabel('Visibility').selectOption('public');
    await page.getByLabel('Public address').waitFor();
    expect(await page.getByLabel('Public address').inputValue()).toContain(stage.service.imagesUrl);
  });

  it('renames a file', async () => {
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('receipt.txt');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: /receipt\.txt/ }).waitFor();
  });

  it('moves a file to the trash, and back by undo', async () => {
    await page.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByText('“receipt.txt” is in the trash.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: /receipt\.txt/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: /receipt\.txt/ }).waitFor();
  });

  it('restores a file from the trash', async () => {
    await page.getByRole('button', { name: /chosen\.txt/ }).click();
    await page.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByRole('link', { name: 'Trash' }).click();
    await page.getByRole('button', { name: /chosen\.txt/ }).click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('heading', { name: 'The trash is empty.' }).waitFor();
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByRole('button', { name: /chosen\.txt/ }).waitFor();
  });

  it('searches as one types, keeps the search in the address, and waits for the end of a composed syllable', async () => {
    await page.getByLabel('Search by name').fill('harb');
    await expect.poll(() => page.url()).toContain('q=harb');
    await expect.poll(() => page.getByRole('button', { name: /chosen\.txt/ }).count()).toBe(0);
    await page.reload();
    await page.getByRole('button', { name: /harbour\.jpg/ }).waitFor();
    expect(await page.getByLabel('Search by name').inputValue()).toBe('harb');
    await page.getByRole('button', { name: 'Clear the search' }).click();
    const keyboard = await page.context().newCDPSession(page);
    await page.getByLabel('Search by name').focus();
    await keyboard.send('Input.imeSetComposition', { text: '하', selectionStart: 1, selectionEnd: 1 });
    await page.waitForTimeout(600);
    expect(page.url()).not.toContain('q=');
    await keyboard.send('Input.insertText', { text: '한' });
    await expect.poll(() => decodeURIComponent(page.url())).toContain('q=한');
    await page.getByRole('button', { name: 'Clear the search' }).click();
  });

  it('keeps the files of a folder apart, and goes back up by the path', async () => {
    const { project, environment } = { project: 'default', environment: 'dev' };
    await page.goto(`${stage.service.consoleUrl}/p/${project}/${environment}/files?folder=trips/2026`);
    await page.locator('input[type=file]').setInputFiles({
      name: 'map.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('map'),
    });
    await page.getByRole('button', { name: /map\.txt/ }).waitFor();
    await page.getByRole('navigation', { name: 'Folder' }).getByRole('button', { name: 'All files' }).click();
    await page.getByRole('list', { name: 'Folders' }).getByRole('button', { name: /trips/ }).click();
    await page.getByRole('button', { name: /2026/ }).click();
    await page.getByRole('button', { name: /map\.txt/ }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /2026/ }).waitFor();
  });

  it('signs out and in again, and refuses a wrong password', async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Name').fill('mina');
    await page.getByLabel('Password').fill('not this password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The name or the password is wrong.').waitFor();
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Folder' }).waitFor();
  });

  it('tells who opens a used link that it was used', async () => {
    const other = await (await stage.newContext()).newPage();
    await other.goto(stage.setupUrl);
    await other.getByRole('heading', { name: 'This link was used' }).waitFor();
    expect(await findAxeFaults(other)).toEqual([]);
    await other.context().close();
  });

  it('had no error on the console of any page, and no violation of the Content Security Policy', () => {
    expect(stage.complaints).toEqual([]);
  });
});
