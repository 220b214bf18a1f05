import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Follower } from '../events/event-feed.ts';
import { EventStreams } from './event-streams.ts';

it('a stream that its process ends before its beginning is known ends empty, and follows nothing', async () => {
  const streams = new EventStreams({ maxPerCaller: 1 });
  let begin: (follower: Follower) => void = () => {};
  const begun = new Promise<Follower>((resolve) => {
    begin = resolve;
  });
  let isFollowed = true;
  const caller = { kind: 'admin', tenant: 'shop/dev', keyId: 'k', scopes: [] } as const;
  const opening = streams.open({
    caller,
    callerName: 'key k',
    authenticateAgain: async () => caller,
    follow: () => begun,
    render: () => '{}',
  });
  streams[Symbol.dispose]();
  begin({
    after: 7,
    resume: () => {},
    [Symbol.dispose]: () => {
      isFollowed = false;
    },
  });
  expect(await text(await opening)).toBe('');
  expect(isFollowed).toBe(false);
  expect(streams.count).toBe(0);
});
