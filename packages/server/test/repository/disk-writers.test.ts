import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Calls that write, create or change something on disk, or open files. */
const writes =
  /import \{[^}]*\b(?:appendFile|chmod|chown|copyFile|cp|createWriteStream|lchown|link|mkdir|mkdtemp|open|openSync|rename|rm|rmdir|symlink|truncate|unlink|utimes|writeFile|writeFileSync|mkdirSync)\b[^}]*\} from 'node:fs(?:\/promises)?'/s;

/** Modules that write, and why they may. Every other module writes through `own-files.ts`. */
const writers: Readonly<Record<string, string>> = {
  'store/src/directory/own-files.ts': 'writes into directories of the service for all other modules',
  'store/src/directory/create-file-once.ts':
    'links a temporary file of own-files.ts, which fails where the name is taken',
  'store/src/directory/lock.ts':
    'makes symbolic links in a directory of our own, which fails where the name is taken',
  'server/src/data-dir/prepare-data-dir.ts': 'makes the data directory itself',
  'server/src/postgres/embedded/binaries.ts': 'makes symbolic links in a directory of our own',
  'server/src/postgres/embedded/cluster.ts': 'renames and removes in a directory of our own',
  'server/src/postgres/embedded/embedded-postgres.ts': 'opens directories of our own for others to pass',
  'server/src/postgres/embedded/postmaster.ts': 'removes a name from the cluster, whatever it is',
  'store/src/blobs/blob-directory.ts': 'below objects/, a directory of our own; new files with O_EXCL',
  'store/src/blobs/blob-file.ts': 'below objects/, a directory of our own',
  'store/src/directory/durable-directory.ts': 'below objects/, a directory of our own',
  'server/src/moving/export-files.ts':
    'writes into the folder that its operator names; new files with O_EXCL',
  'server/src/moving/failure-log.ts': 'writes the file that its operator names',
  'server/src/moving/sources/local-bytes.ts': 'opens files to read them, and refuses special ones',
  'server/src/moving/sources/url-bytes.ts': 'in a folder of mkdtemp, which it removes',
  'server/src/images/cache/disk-cache.ts':
    'below image-results/, a directory of our own; new files with O_EXCL',
};

describe('the sources', () => {
  it('write to the disk in these modules and in no others', () => {
    const packages = join(import.meta.dirname, '../../..');
    const found = ['http', 'store', 'server']
      .flatMap((name) =>
        readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(name, 'src', path),
        ),
      )
      .filter((path) => path.endsWith('.ts') && !path.includes('.test.') && !path.includes('.contract.'))
      // The commands of a client write where their user says.
      .filter((path) => !path.startsWith(join('server/src/commands', 'client')))
      .filter((path) => writes.test(readFileSync(join(packages, path), 'utf8')));
    expect(found.sort()).toEqual(Object.keys(writers).sort());
  });
});
