import type { ImageOptions } from '@bkend/storage';
import type { Output } from '../output.ts';
import { findFile, openClient } from './open-client.ts';
import { formatBytes, formatTable } from './output.ts';

/** `stat`: everything about a file. */
export async function stat(idOrKey: string, { show }: Output): Promise<void> {
  const file = await findFile(await openClient(), idOrKey);
  const rows = Object.entries(file).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  show(file, formatTable(rows));
}

/** `mv`: gives a file another name. */
export async function mv(idOrKey: string, originalName: string, { show }: Output): Promise<void> {
  const storage = await openClient();
  const { id } = await findFile(storage, idOrKey);
  const file = await storage.update(id, { originalName });
  show(file, `${file.id}  ${file.originalName}`);
}

/** `share`: makes a file `shared`, for these users too. */
export async function share(idOrKey: string, users: readonly string[], { show }: Output): Promise<void> {
  const storage = await openClient();
  const { id, visibility } = await findFile(storage, idOrKey);
  const sharedWith = await storage.share(id, users);
  if (visibility !== 'shared') await storage.update(id, { visibility: 'shared' });
  show({ id, sharedWith }, `${id} is shared with ${sharedWith.join(', ')}`);
}

export interface UrlOptions {
  /** Seconds. */
  readonly expiresIn: number;
  readonly inline?: boolean;
}

/** `url`: where anybody may download a file for some time. */
export async function url(
  idOrKey: string,
  { expiresIn, inline }: UrlOptions,
  { show }: Output,
): Promise<void> {
  const storage = await openClient();
  const { id } = await findFile(storage, idOrKey);
  const link = await storage.downloadUrl(id, { expiresIn, disposition: inline ? 'inline' : 'attachment' });
  show(link, link.url);
}

/** `image-url`: where an image is shown, resized; for an hour, where it is not public. */
export async function imageUrl(idOrKey: string, options: ImageOptions, { show }: Output): Promise<void> {
  const storage = await openClient();
  const file = await findFile(storage, idOrKey);
  const address =
    file.visibility === 'public'
      ? storage.imageUrl(file, options)
      : (await storage.signedImageUrl(file.id, options)).url;
  show({ id: file.id, url: address }, address);
}

/** `usage`: how much is stored. */
export async function usage({ tenant }: { readonly tenant?: boolean }, { show }: Output): Promise<void> {
  const storage = await openClient();
  const answer = await storage.usage(tenant ? 'tenant' : undefined);
  const groups = { ...answer.byCategory, ...answer.byVisibility };
  const rows = Object.entries(groups).filter(([, { files }]) => files > 0);
  const table = [['total', answer] as const, ...rows].map(([name, { files, bytes }]) => [
    name,
    files,
    formatBytes(bytes).padStart(8),
  ]);
  show(answer, formatTable(table));
}
