import { fileURLToPath } from 'node:url';

/**
 * Where a file of this package is. The sources and what is built of them lie equally deep, as long as this module stays
 * where it is: directly in `src/`.
 * @param path from the package's root, such as `assets/sample.jpg`
 */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/**
 * Where an entry of the bundle is. Threads and processes run JavaScript only, so from the sources, under test, the built
 * file is taken too.
 * @param name such as `digest-worker.js`
 */
export function builtFile(name: string): string {
  return packageFile(`bundle/${name}`);
}
