import { expect, test } from 'vitest';
import type { StorageOptions } from '../src/node.ts';
import {
  abortedInEveryWay,
  endInEveryWay,
  promptMs,
  rejection,
  rows,
  sendingMs,
  startUpload,
} from './endings.ts';
import { serviceUnderTest } from './service-under-test.ts';
import { endlessSource, silentBetweenParts } from './silent-sources.ts';

const tested = serviceUnderTest();
const storageOf = (options?: Partial<StorageOptions>) => tested.storageOf('alice', { retry: {}, ...options });

test.each(rows([...silentBetweenParts, endlessSource]))(
  'an upload of %s ends at once by each ending',
  async (_, source) => {
    expect(await endInEveryWay(storageOf, source)).toEqual(abortedInEveryWay);
  },
);

test.each(rows(silentBetweenParts))(
  'an upload of %s ends as stalled after stallSeconds, and the source is not asked again',
  async (_, source) => {
    const task = startUpload(storageOf({ stallSeconds: 0.5 }), source);
    const error = await rejection(task, sendingMs + 500 + 500 + promptMs);
    expect(error).toMatchObject({ code: 'client/stalled', details: { waitingFor: 'source' } });
  },
);
