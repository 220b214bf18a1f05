import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** What an entry of this package costs an app, in bytes: bundled for browsers, minified, gzipped. */
export async function bundleSize(entry: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(entry)}`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: ['react', '@uppy/*'],
    write: false,
  });
  return outputFiles.reduce((total, { contents }) => total + gzipSync(contents, { level: 9 }).length, 0);
}
