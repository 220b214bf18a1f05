import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file of this package. It holds for the sources and for the build, as long as this module stays directly in
 * `src/`.
 * @param path relative to the package's root, such as `assets/sample.jpg`
 */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/**
 * The path of an entry of the bundle. Threads and processes run JavaScript only, so tests that run the sources use the built
 * file too.
 * @param name such as `digest-worker.js`
 */
export function builtFile(name: string): string {
  return packageFile(`bundle/${name}`);
}

/** The version of this package. */
export function readVersion(): string {
  // A package has one: npm refuses it otherwise.
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    readonly version: string;
  };
  return version;
}
