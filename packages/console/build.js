import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';

/** Builds the console's pages into the server's package, with Brotli's form of each beside it. */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const output = here('../server/console/');
const sources = [here('./src/'), here('./public/'), here('../client/dist/'), here('../contract/dist/')];
const compress = promisify(brotliCompress);
/** Smaller files gain nothing. */
const minCompressedBytes = 512;

if (!(await isUpToDate())) await build();

async function build() {
  const { build } = await import('vite');
  await build({ configFile: here('./vite.config.ts'), logLevel: 'warn' });
  for (const path of await filesBelow(output)) {
    const bytes = await readFile(path);
    if (bytes.length >= minCompressedBytes) await writeFile(`${path}.br`, await compress(bytes));
  }
}

/** Looking is ten times quicker than building, and most starts find nothing to do. */
async function isUpToDate() {
  const made = await changedAt(join(output, 'index.html'));
  const files = await Promise.all(sources.map(filesBelow));
  const single = ['./index.html', './vite.config.ts', './build.js', './package.json'].map(here);
  const changes = await Promise.all([...single, ...files.flat()].map(changedAt));
  return changes.every((change) => change < made);
}

async function filesBelow(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function changedAt(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}
