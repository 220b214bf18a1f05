import { getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { StorageError } from '@bkend/storage-contract';
import { closeInheritedFiles } from '../../confinement/close-inherited-files.ts';
import { type FaceDetector, Faces } from '../faces/faces.ts';
import type { Face } from '../faces/faces-in-output.ts';
import { makeImage } from '../make-image.ts';
import { Original } from '../transform/original.ts';
import type { FromRenderer, SentFile, SentForeign, SentWork, ToRenderer } from './renderer-messages.ts';
import { standInOf } from './stand-in.ts';

/** The process of `renderer.ts`: makes the images that it is sent, one at a time. Argument: its niceness, 0 to 19. */

const maxResidentBytes = 1024 * 1024 * 1024;
const checkEveryMs = 50;

closeInheritedFiles();
// A process that was started with a lower priority may not raise it.
setPriority(Math.max(getPriority(), Number(process.argv[2] ?? 0)));
// Threads that are drawing would delay a regular exit.
const end = () => process.kill(process.pid, 'SIGKILL');
process.once('disconnect', end);
// A terminal sends them to every process; this one ends when its parent disconnects.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

/** CPU time of this process at which the current work exceeds its budget, in milliseconds. */
const endAtCpuMs = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
endAtCpuMs[0] = Number.POSITIVE_INFINITY;

/** Watches over the process in a thread of its own: a decoder in JavaScript or WebAssembly leaves its thread no time to look. */
function watch(): void {
  const script = `
    const { maxResidentBytes, checkEveryMs, endAtCpuMs } = require('node:worker_threads').workerData;
    setInterval(() => {
      const { user, system } = process.cpuUsage();
      const isOver = (user + system) / 1000 > endAtCpuMs[0] || process.memoryUsage.rss() > maxResidentBytes;
      if (isOver) process.kill(process.pid, 'SIGKILL');
    }, checkEveryMs);`;
  new Worker(script, { eval: true, workerData: { maxResidentBytes, checkEveryMs, endAtCpuMs } });
}
watch();

let onFaces: (faces: readonly Face[] | undefined) => void = () => {};

process.on('message', (message: ToRenderer) => {
  if ('work' in message) void make(message.work);
  else if ('foreign' in message) void decode(message.foreign);
  else onFaces(message.faces);
});
send('ready');

async function make(work: SentWork): Promise<void> {
  endAtCpuMs[0] = cpuMs() + work.budgetMs;
  const faces = work.faceDetector === undefined ? undefined : new Faces(detectorOfHost(work.faceDetector));
  const image = { ...work, file: received(work.file), overlays: work.overlays.map(received) };
  const reply: FromRenderer = await makeImage(image, faces).then(
    (made) => ({ made }),
    (error: unknown) => ({ error: plainError(error) }),
  );
  endAtCpuMs[0] = Number.POSITIVE_INFINITY;
  send(reply);
}

async function decode({ type, bytes, maxPixels, budgetMs }: SentForeign): Promise<void> {
  endAtCpuMs[0] = cpuMs() + budgetMs;
  const reply: FromRenderer = await standInOf(type, bytes, maxPixels).then(
    (decoded) => ({ decoded }),
    (error: unknown) => ({ error: plainError(error) }),
  );
  endAtCpuMs[0] = Number.POSITIVE_INFINITY;
  send(reply);
}

/** The detector of the host, which has loaded the model once. */
function detectorOfHost(name: string): FaceDetector {
  return {
    name,
    detect: async (look) => {
      const answered = new Promise<readonly Face[] | undefined>((resolve) => {
        onFaces = resolve;
      });
      send({ look });
      const faces = await answered;
      if (faces === undefined) throw new Error('The host could not detect faces.');
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

function received({ bytes, kind, ...facts }: SentFile) {
  return { ...facts, original: new Original(async () => bytes, undefined, kind) };
}

function plainError(error: unknown): Extract<FromRenderer, { error: unknown }>['error'] {
  if (!(error instanceof StorageError)) {
    return { code: 'common/internal-error', message: 'Something went wrong on our side.', details: {} };
  }
  const { code, message, details } = error;
  return { code, message, details };
}
