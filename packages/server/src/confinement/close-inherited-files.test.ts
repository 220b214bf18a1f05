import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const script = `
  import { readdirSync, readlinkSync } from 'node:fs';
  import { closeInheritedFiles } from ${JSON.stringify(join(import.meta.dirname, '../../dist/confinement/close-inherited-files.js'))};
  closeInheritedFiles();
  // Node's event loop, threads and channel must still work.
  await new Promise((resolve) => setTimeout(resolve, 1));
  await import('node:fs/promises').then(({ stat }) => stat('/'));
  process.send('alive');
  for (const file of readdirSync('/proc/self/fd')) {
    try { console.log(readlinkSync('/proc/self/fd/' + file)); } catch {}
  }
  process.disconnect();
`;

describe('closeInheritedFiles', () => {
  it.runIf(process.platform === 'linux')(
    'closes files that were open in a parent, and none that the process needs',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'bkend-inherited-'));
      const secret = openSync(join(directory, 'lock-of-a-shell'), 'w');
      try {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit', 'ipc', ...Array<'ignore'>(36).fill('ignore'), secret],
        });
        const alive = once(child, 'message');
        const open = child.stdout ? await text(child.stdout) : '';
        expect(await alive).toEqual(['alive', undefined]);
        expect(open).toContain('pipe:');
        expect(open).not.toContain('lock-of-a-shell');
      } finally {
        closeSync(secret);
        rmSync(directory, { recursive: true });
      }
    },
  );
});
