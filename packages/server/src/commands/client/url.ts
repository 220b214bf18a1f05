import type { Output } from '../output.ts';
import { findFile } from './find-file.ts';
import { openClient } from './open-client.ts';

export interface UrlOptions {
  /** Seconds. */
  readonly expiresIn: number;
  readonly inline?: boolean;
}

/** `url`: presigns a download URL, good without a login until it expires. */
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
