import { opendir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The usual directories of fonts on Linux, macOS and Windows, as fontconfig looks through them. */
const directories = [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.fonts'),
  join(homedir(), '.local/share/fonts'),
  '/System/Library/Fonts',
  '/Library/Fonts',
  'C:\\Windows\\Fonts',
];

const fontFile = /\.(?:ttf|otf|ttc|otc|pfb|pcf(?:\.gz)?|woff2?)$/i;

/** Whether this machine has a font: without one, `label()` and the text of SVG are drawn as boxes. */
export async function hasFonts(among: readonly string[] = directories): Promise<boolean> {
  for (const directory of among) {
    try {
      for await (const entry of await opendir(directory, { recursive: true }))
        if (fontFile.test(entry.name)) return true;
    } catch {
      // Most of them are not there.
    }
  }
  return false;
}
