import sharp from 'sharp';
import { afterEach, beforeEach } from 'vitest';
import { type RunningHost, startHost, World } from './running-host.ts';
import { photograph } from './sample-images.ts';

/** Key of the photograph of 800 × 600 pixels that every test begins with. */
export const photoKey = 'app/dev/images/2026/02/photo.jpg';

/** Starts an images host before each test, over a world with one public photograph, and stops it afterwards. */
export function useHost() {
  let world: World;
  let host: RunningHost;
  let photo: Buffer;
  beforeEach(async () => {
    world = new World();
    photo = await photograph();
    world.put(photoKey, photo);
    host = await startHost(world);
  });
  afterEach(() => host[Symbol.asyncDispose]());
  return {
    get world() {
      return world;
    },
    get host() {
      return host;
    },
    get photo() {
      return photo;
    },
    get: (path: string, headers: Record<string, string> = {}, init: RequestInit | string = 'GET') =>
      fetch(`${host.url}${path}`, { headers, ...(typeof init === 'string' ? { method: init } : init) }),
    async restart(options: Parameters<typeof startHost>[1]): Promise<void> {
      await host[Symbol.asyncDispose]();
      host = await startHost(world, options);
    },
  };
}

/** Size and format of the image in a response. */
export async function sizeOf(response: Response) {
  const { width, height, format } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
  return { width, height, format };
}
