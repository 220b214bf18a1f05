import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMeter, type Progress } from './progress.ts';

describe('a progress meter', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  const notCalled = () => expect.unreachable();

  it('bytes that storage had already count as bytes, and not as speed', () => {
    const reports: Progress[] = [];
    const meter = createMeter((progress) => reports.push(progress), notCalled, { total: 200_000 });
    meter.update({});
    vi.advanceTimersByTime(200);
    meter.update({ bytes: 100_000 });
    vi.advanceTimersByTime(200);
    for (let second = 1; second <= 3; second++) {
      meter.update({ phase: 'uploading', bytes: 100_000 + second * 1000 });
      vi.advanceTimersByTime(1000);
    }
    expect(reports.at(-1)).toMatchObject({ phase: 'uploading', bytes: 103_000 });
    expect(meter.read().bytesPerSecond).toBeLessThanOrEqual(1000);
    expect(meter.read().bytesPerSecond).toBeGreaterThan(500);
  });

  it('it reports at most ten times a second, and the last byte', () => {
    const reports: number[] = [];
    const meter = createMeter(({ bytes }) => reports.push(bytes), notCalled);
    for (let bytes = 1; bytes <= 1000; bytes++) {
      meter.update({ phase: 'uploading', bytes });
      vi.advanceTimersByTime(1);
    }
    meter.finish(1001);
    vi.advanceTimersByTime(1000);
    expect(reports.length).toBeLessThanOrEqual(10);
    expect(reports.at(-1)).toBe(1001);
  });
});
