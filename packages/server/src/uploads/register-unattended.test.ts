import { describe, expect, it } from 'vitest';
import { nextLookAt } from './register-unattended.ts';

const createdAt = new Date('2026-05-01T12:00:00.000Z');
const minute = 60_000;
const after = (ms: number) => new Date(createdAt.getTime() + ms);

/** Seconds from a look to the next. */
function pause(upload: { urlEndsAt?: Date; multipartId?: string }, ageMs: number): number {
  return (nextLookAt({ createdAt, ...upload }, after(ageMs)).getTime() - after(ageMs).getTime()) / 1_000;
}

describe('nextLookAt', () => {
  it('looks often at first, and every 30 s while bytes may arrive', () => {
    const single = { urlEndsAt: after(15 * minute) };
    expect([0, 2_000, 8_000, 60_000, 14 * minute, 70 * minute].map((age) => pause(single, age))).toEqual([
      1, 1, 2, 15, 30, 30,
    ]);
    expect(pause(single, 76 * minute)).toBe(3_600);
  });

  it('waits for the completion of a multipart upload, and from then on every 30 s', () => {
    expect(pause({ multipartId: 'm' }, 0)).toBe(3_600);
    expect(pause({ multipartId: 'm' }, 20 * 60 * minute)).toBe(30);
  });
});
