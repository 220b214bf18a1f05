import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

interface StaticFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  /** Brotli's form, where the build wrote one. */
  readonly brotli?: Buffer;
}

/** Files by path, such as `/assets/index-D4f.js`. A request is looked up in here, so that no path leads elsewhere. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Reads the built console; no files where it was not built. */
export async function readStaticFiles(directory: string): Promise<StaticFiles> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const files = new Map<string, StaticFile>();
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const path = join(directory, name);
    const bytes = await readFile(path);
    const brotli = await readFile(`${path}.br`).catch(() => undefined);
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    files.set(`/${relative(directory, path).split(sep).join('/')}`, {
      ...{ type, etag, bytes },
      ...(brotli && { brotli }),
    });
  }
  return files;
}
