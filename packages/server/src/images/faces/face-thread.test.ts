import { expect, it, onTestFinished } from 'vitest';
import { FaceThread, type FaceThreadOptions } from './face-thread.ts';
import type { RgbImage } from './tiny-face-detector.ts';
import { findModel } from './weights.ts';

const grey: RgbImage = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(128) };

/** A thread that runs this instead of the detector. */
const running = (script: string) => new URL(`data:text/javascript,${encodeURIComponent(script)}`);

function openThread(options: Partial<FaceThreadOptions>): { thread: FaceThread; failures: string[] } {
  const failures: string[] = [];
  const onFailure = ({ message }: Error) => failures.push(message);
  const thread = new FaceThread({ directory: findModel() ?? '', niceness: 0, onFailure, ...options });
  onTestFinished(() => thread[Symbol.asyncDispose]());
  return { thread, failures };
}

it('finds nothing in a grey image', async () => {
  const { thread, failures } = openThread({});
  expect(await thread.detect(grey)).toEqual([]);
  expect(failures).toEqual([]);
});

it('ends a detection that takes too long, and refuses the next ones for a while', async () => {
  const { thread, failures } = openThread({ workerFile: running('for (;;);'), limitMs: 50 });
  const looks = await Promise.allSettled([thread.detect(grey), thread.detect(grey), thread.detect(grey)]);
  expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(failures).toEqual(['Face detection took too long.']);
  await expect(thread.detect(grey)).rejects.toThrow('a moment ago');
});

it('says so when the weights are not there', async () => {
  const { thread, failures } = openThread({ directory: '/nowhere' });
  await expect(thread.detect(grey)).rejects.toThrow('ENOENT');
  expect(failures).toHaveLength(1);
});

it('says so when the thread ends', async () => {
  const { thread, failures } = openThread({ workerFile: running('process.exit(3)') });
  await expect(thread.detect(grey)).rejects.toThrow('has ended');
  expect(failures).toHaveLength(1);
});

it('ends the thread when no images come, and starts another for the next', async () => {
  const { thread, failures } = openThread({ idleMs: 1 });
  expect(thread.isRunning).toBe(false);
  await thread.detect(grey);
  await expect.poll(() => thread.isRunning).toBe(false);
  expect(await thread.detect(grey)).toEqual([]);
  expect(failures).toEqual([]);
});

it('refuses more than may wait', async () => {
  const { thread } = openThread({});
  const looks = await Promise.allSettled(Array.from({ length: 40 }, () => thread.detect(grey)));
  expect(looks.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
  expect(await thread.detect(grey)).toEqual([]);
});
