import { describe, expect, it } from 'vitest';
import { OpenUploadsBudget, unannouncedBytes } from './open-uploads.ts';
import type { UploadSum } from './ports.ts';
import type { Upload } from './upload.ts';

const at = new Date('2026-05-01T12:00:00.000Z');
const limits = { 'quotas.openUploads': 100, 'quotas.openUploadBytes': 1_000_000_000 };

/** A database of uploads, in which a count and a commit take a turn of the event loop or more. */
function createWorld(others: UploadSum = { uploads: 0, bytes: 0 }) {
  const rows: number[] = [];
  const owners = new Map<string, number[]>([['user alice', rows]]);
  const rowsOf = (name: string) => owners.get(name) ?? owners.set(name, []).get(name) ?? [];
  let counts = 0;
  const budget = new OpenUploadsBudget({
    async countOpen({ ownerId, ownerType }) {
      const rows = rowsOf(`${ownerType} ${ownerId}`);
      counts += 1;
      await pause();
      const counted = {
        uploads: others.uploads + rows.length,
        bytes: rows.reduce((a, b) => a + b, others.bytes),
      };
      await pause();
      return counted;
    },
  });
  const begin = (options: { sizeBytes?: number; ownerId?: string; ownerType?: 'user' | 'service' } = {}) => {
    const { ownerId = 'alice', ownerType = 'user', sizeBytes } = options;
    const upload: Upload = {
      tenant: 'acme/dev',
      key: 'acme/dev/k',
      ownerId,
      ownerType,
      contentType: 'text/plain',
      folder: '',
      visibility: 'private',
      category: 'documents',
      aborted: false,
      isPending: true,
      createdAt: at,
      expiresAt: at,
      ...(sizeBytes !== undefined && { sizeBytes }),
    };
    return budget.spend(upload, limits, async () => {
      await pause();
      rowsOf(`${ownerType} ${ownerId}`).push(sizeBytes ?? unannouncedBytes);
      await pause();
    });
  };
  return { begin, rows, counts: () => counts };
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    if (Math.random() < 0.5) setImmediate(resolve);
    else setTimeout(resolve, Math.random() * 3);
  });
}

const refused = expect.objectContaining({ code: 'file/too-many-open-uploads' });

describe('the budget of open uploads', () => {
  it('lets exactly as many begin as are allowed, when all come at once', async () => {
    const world = createWorld();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 250 }, () => world.begin({ sizeBytes: 1 })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
    expect(world.rows).toHaveLength(100);
  });

  it('never lets too many begin, whatever the order of counts and commits', async () => {
    const world = createWorld({ uploads: 30, bytes: 0 });
    for (let wave = 0; wave < 20; wave += 1) {
      await Promise.allSettled(Array.from({ length: 7 }, () => world.begin({ sizeBytes: 1 })));
      expect(world.rows.length).toBeLessThanOrEqual(70);
    }
    expect(world.rows).toHaveLength(70);
  });

  it('bounds bytes, and takes a size that was not announced for 100 MiB', async () => {
    const world = createWorld();
    await world.begin({ sizeBytes: 900_000_000 });
    await expect(world.begin()).rejects.toEqual(refused);
    await world.begin({ sizeBytes: 100_000_000 });
    await expect(world.begin({ sizeBytes: 1 })).rejects.toEqual(refused);
    await expect(world.begin({ sizeBytes: 1, ownerId: 'bob' })).resolves.toBeUndefined();
    await expect(world.begin({ sizeBytes: 1, ownerType: 'service' })).resolves.toBeUndefined();
  });

  it('says what is allowed, used and asked', async () => {
    const world = createWorld({ uploads: 100, bytes: 7 });
    await expect(world.begin({ sizeBytes: 5 })).rejects.toMatchObject({
      details: {
        uploads: { limit: 100, used: 100, asked: 1 },
        bytes: { limit: 1_000_000_000, used: 7, asked: 5 },
      },
    });
  });

  it('sees at once that uploads were registered, when it would refuse', async () => {
    const world = createWorld();
    for (let count = 0; count < 100; count += 1) await world.begin({ sizeBytes: 1 });
    world.rows.splice(0, 50);
    await expect(world.begin({ sizeBytes: 1 })).resolves.toBeUndefined();
  });

  it('asks the database once for a tenth of what is allowed', async () => {
    const world = createWorld();
    for (let count = 0; count < 40; count += 1) await world.begin({ sizeBytes: 1 });
    expect(world.counts()).toBeLessThanOrEqual(5);
  });

  it('is not spent by an upload whose row could not be written', async () => {
    const world = createWorld({ uploads: 99, bytes: 0 });
    await world.begin({ sizeBytes: 1 });
    await expect(world.begin({ sizeBytes: 1 })).rejects.toEqual(refused);
    world.rows.pop();
    await expect(world.begin({ sizeBytes: 1 })).resolves.toBeUndefined();
  });
});
