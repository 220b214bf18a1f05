import type { ImageOptions } from '@bkend/storage';
import type { Output } from '../output.ts';
import { findFile } from './find-file.ts';
import { openClient } from './open-client.ts';

/** `image-url`: the URL of an image, resized; signed, and good until it expires, where the file is not public. */
export async function imageUrl(idOrKey: string, options: ImageOptions, { show }: Output): Promise<void> {
  const storage = await openClient();
  const file = await findFile(storage, idOrKey);
  const address =
    file.visibility === 'public'
      ? storage.imageUrl(file, options)
      : (await storage.signedImageUrl(file.id, options)).url;
  show({ id: file.id, url: address }, address);
}
