import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../packages/test-support/src/process/run-command.ts';
import { interleave } from './interleave.ts';
import type { Result } from './result.ts';
import type { Service } from './service.ts';
import { type Bucket, isInstalled, rcloneSync } from './uploaders.ts';

const folders = 100;
const filesOfFolder = 1000;
const fileBytes = 1024;
const files = folders * filesOfFolder;

/**
 * `sync --checksum` of a folder of 100,000 small files of which none has changed, compared with `rclone sync --checksum` of the same
 * folder to the same store. The first runs, which upload, are not measured.
 */
export async function measureSyncAgain(
  directory: string,
  service: Service,
  bucket: Bucket,
): Promise<Result[]> {
  if (!(await isInstalled('rclone'))) return [];
  const path = join(directory, 'unchanged');
  await writeFolders(path);
  const env = { ...process.env, BKEND_API_URL: service.apiUrl, BKEND_API_KEY: service.secretKey };
  const ours = async () => {
    const { code, stdout, stderr } = await runCommand(['sync', '--checksum', path, 'bkend:unchanged'], env);
    if (code !== 0) throw new Error(`sync ended with ${code}: ${stderr}`);
    return stdout;
  };
  const theirs = rcloneSync(bucket);
  await ours();
  await theirs(path);
  if ((await ours()) !== '') throw new Error('The second run of sync changed something.');
  const round = await interleave(
    { ours: () => speedOf(ours), yardstick: () => speedOf(() => theirs(path)) },
    { rounds: 3, seconds: 600 },
  );
  const ratio = round.ours / round.yardstick;
  const name = `${files.toLocaleString('en')} unchanged files, sync --checksum / rclone sync --checksum`;
  return [{ name, ...round, unit: 'files/s', ratio, target: 1, holds: ratio >= 1 }];
}

async function speedOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (files * 1000) / (performance.now() - started);
}

async function writeFolders(path: string): Promise<void> {
  for (let folder = 0; folder < folders; folder++) {
    const within = join(path, `${folder}`);
    await mkdir(within, { recursive: true });
    for (let file = 0; file < filesOfFolder; file++) {
      await writeFile(join(within, `${file}.bin`), randomBytes(fileBytes));
    }
  }
}
