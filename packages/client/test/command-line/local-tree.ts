import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes files, each with its folders. */
export async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** The contents of the regular files below a folder, by path. */
export async function readTree(root: string, within = ''): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(join(root, within))).sort()) {
    const path = within === '' ? name : `${within}/${name}`;
    const info = await lstat(join(root, path));
    if (info.isDirectory()) Object.assign(files, await readTree(root, path));
    else if (info.isFile()) files[path] = await readFile(join(root, path), 'utf8');
  }
  return files;
}
