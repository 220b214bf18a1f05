import { beforeEach, expect } from 'vitest';
import type { Fault, SeenRequest } from '../../test-support/src/network/fault-proxy.ts';
import type { BatchItem, Storage, UploadOutcome } from '../src/node.ts';
import { type ServiceUnderTest, serviceUnderTest } from './service-under-test.ts';

/** Files of one test. */
export const many = 40;

export const presign = { single: '/v1/files/presigned-url', batch: '/v1/files/presigned-urls' };
export const register = { single: '/v1/files', batch: '/v1/files/batch' };

/** A service, and batches of small files, each test's with a tag of its own. */
export interface ManySmallFiles {
  readonly tested: ServiceUnderTest;
  /** The tag of this test's files. */
  readonly tag: string;
  /** Those that carry the tag of this test. */
  items(count?: number): BatchItem[];
  /** Number of POSTs to this path. */
  calls(path: string): number;
  /** Lets the API fail. @param fault asked for each POST, with the number of POSTs of this path so far */
  failing(fault: (path: string, times: number) => Fault | undefined): void;
  /** Each upload has made its file, and there are no others of this tag. */
  expectEachOnce(storage: Storage, outcomes: readonly UploadOutcome[]): Promise<void>;
}

export function manySmallFiles(): ManySmallFiles {
  const tested = serviceUnderTest();
  let runs = 0;
  beforeEach(() => {
    runs += 1;
  });
  const tagOfRun = () => `many-${runs}`;
  return {
    tested,
    get tag() {
      return tagOfRun();
    },
    items: (count = many) =>
      Array.from({ length: count }, (_, index) => ({
        source: `content ${index}`,
        filename: `${index}.txt`,
        metadata: { tags: [tagOfRun()] },
      })),
    calls: (path) =>
      tested.service.api.seen.filter((request) => request.method === 'POST' && request.path === path).length,
    failing(fault) {
      const times = new Map<string, number>();
      tested.service.api.decide = ({ method, path }: SeenRequest) => {
        if (method !== 'POST') return undefined;
        times.set(path, (times.get(path) ?? 0) + 1);
        return fault(path, times.get(path) ?? 0);
      };
    },
    async expectEachOnce(storage, outcomes) {
      expect(outcomes.map(({ file, error }) => error?.code ?? file?.originalName)).toEqual(
        outcomes.map((_, index) => `${index}.txt`),
      );
      tested.service.api.calm();
      const stored: string[] = [];
      for await (const { id } of storage.list({ tag: tagOfRun() })) stored.push(id);
      expect(stored.sort()).toEqual(outcomes.map(({ file }) => file?.id).sort());
    },
  };
}
