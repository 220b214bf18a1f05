import { setPriority } from 'node:os';
import { StorageError } from '@bkend/storage-contract';
import { closeInheritedFiles } from '../../confinement/close-inherited-files.ts';
import { makePicture } from '../make-picture.ts';
import { Original } from '../pipeline/original.ts';
import type { DrawingFile, DrawingReply, DrawingWork } from './drawings.ts';

/** The other end of drawings.ts: makes the pictures it is sent, one by one. Argument: by how much it gives way to others. */

const maxResidentBytes = 1024 * 1024 * 1024;
const lookEveryMs = 50;

closeInheritedFiles();
setPriority(Number(process.argv[2] ?? 0));
// Threads in the middle of a drawing would keep a process that exits in the usual way.
const end = () => process.kill(process.pid, 'SIGKILL');
process.once('disconnect', end);
// A terminal sends them to every process; the parent says when it is over.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
setInterval(() => process.memoryUsage.rss() > maxResidentBytes && end(), lookEveryMs);

process.on('message', async (work: DrawingWork) => {
  const overlays = work.overlays.map(received);
  const reply: DrawingReply = await makePicture({ ...work, file: received(work.file), overlays }).then(
    (made) => ({ made }),
    (error: unknown) => ({ refusal: refusalOf(error) }),
  );
  process.send?.(reply);
});
process.send?.('ready');

function received({ bytes, ...about }: DrawingFile) {
  return { ...about, original: new Original(async () => bytes) };
}

function refusalOf(error: unknown): Extract<DrawingReply, { refusal: unknown }>['refusal'] {
  if (!(error instanceof StorageError)) {
    return { code: 'common/internal-error', message: 'Something went wrong on our side.', details: {} };
  }
  const { code, message, details } = error;
  return { code, message, details };
}
