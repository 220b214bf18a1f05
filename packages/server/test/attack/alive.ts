import { readFile } from 'node:fs/promises';
import { expect, inject } from 'vitest';

/** The three hosts that strangers reach. */
export const hosts = () => {
  const { apiUrl, objectsUrl, imagesUrl } = inject('service');
  return { api: apiUrl, objects: objectsUrl, images: imagesUrl };
};

/** That every host answers, and that none of its processes had to be started again. */
export async function expectAlive(): Promise<void> {
  for (const [host, url] of Object.entries(hosts())) {
    const answer = await fetch(`${url}/health/live`);
    await answer.arrayBuffer();
    expect([host, answer.status]).toEqual([host, 200]);
  }
  const log = await readFile(inject('service').logFile, 'utf8');
  expect(log.split('\n').filter((line) => line.includes('it is started again'))).toEqual([]);
}
