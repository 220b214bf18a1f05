import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bytes that all exports of an entry add to an app's first load: bundled for browsers, minified, gzipped. Modules loaded on
 * demand by `import()` do not count.
 */
export async function bundleSize(entry: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from ${JSON.stringify(entry)}`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: ['react', '@uppy/*'],
    outdir: 'out',
    write: false,
    metafile: true,
  });
  const { outputs } = metafile;
  const loaded = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === '<stdin>'));
  for (const path of loaded) {
    for (const each of outputs[path]?.imports ?? []) {
      if (each.kind === 'import-statement' && !each.external) loaded.add(each.path);
    }
  }
  const names = new Set([...loaded].map((path) => basename(path)));
  return outputFiles
    .filter(({ path }) => names.has(basename(path)))
    .reduce((total, { contents }) => total + gzipSync(contents, { level: 9 }).length, 0);
}
