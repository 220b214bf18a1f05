import { setPriority } from 'node:os';
import { StorageError } from '@bkend/storage-contract';
import { closeInheritedFiles } from '../../confinement/close-inherited-files.ts';
import type { FaceDetector } from '../faces/face-detector.ts';
import { Faces } from '../faces/faces.ts';
import type { Face } from '../faces/faces-in-output.ts';
import { makePicture } from '../make-picture.ts';
import { Original } from '../pipeline/original.ts';
import type { FromRenderer, SentFile, SentWork, ToRenderer } from './renderer-messages.ts';

/** The other end of renderer.ts: makes the pictures it is sent, one by one. Argument: by how much it gives way to others. */

const maxResidentBytes = 1024 * 1024 * 1024;
const lookEveryMs = 50;

closeInheritedFiles();
setPriority(Number(process.argv[2] ?? 0));
// Threads in the middle of a drawing would keep a process that exits in the usual way.
const end = () => process.kill(process.pid, 'SIGKILL');
process.once('disconnect', end);
// A terminal sends them to every process; the parent says when it is over.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

/** CPU time at which the present work is too expensive, in milliseconds. */
let endAtCpuMs = Number.POSITIVE_INFINITY;
setInterval(() => {
  if (process.memoryUsage.rss() > maxResidentBytes || cpuMs() > endAtCpuMs) end();
}, lookEveryMs);

let onFaces: (faces: readonly Face[] | undefined) => void = () => {};

process.on('message', (message: ToRenderer) => {
  if ('work' in message) void make(message.work);
  else onFaces(message.faces);
});
send('ready');

async function make(work: SentWork): Promise<void> {
  endAtCpuMs = cpuMs() + work.budgetMs;
  const faces = work.faceDetector === undefined ? undefined : new Faces(elsewhere(work.faceDetector));
  const picture = { ...work, file: received(work.file), overlays: work.overlays.map(received) };
  const reply: FromRenderer = await makePicture(picture, faces).then(
    (made) => ({ made }),
    (error: unknown) => ({ refusal: refusalOf(error) }),
  );
  endAtCpuMs = Number.POSITIVE_INFINITY;
  send(reply);
}

/** The detector of the host: what it has learnt is read once, there. */
function elsewhere(name: string): FaceDetector {
  return {
    name,
    detect: async (look) => {
      const answered = new Promise<readonly Face[] | undefined>((resolve) => {
        onFaces = resolve;
      });
      send({ look });
      const faces = await answered;
      if (faces === undefined) throw new Error('The host could not tell.');
      return faces;
    },
  };
}

function send(message: FromRenderer): void {
  process.send?.(message);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function received({ bytes, ...about }: SentFile) {
  return { ...about, original: new Original(async () => bytes) };
}

function refusalOf(error: unknown): Extract<FromRenderer, { refusal: unknown }>['refusal'] {
  if (!(error instanceof StorageError)) {
    return { code: 'common/internal-error', message: 'Something went wrong on our side.', details: {} };
  }
  const { code, message, details } = error;
  return { code, message, details };
}
