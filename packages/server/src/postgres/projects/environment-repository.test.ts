import { randomUUID } from 'node:crypto';
import { defaultLimits } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { later, newTenant, noon } from '../../../../test-support/src/samples/samples.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { changeEnvironment } from '../../projects/change-environment.ts';
import type { OwnSettings } from '../../projects/settings-table.ts';
import { createEnvironmentNotifications } from '../notifications.ts';
import { createDeletionRepository } from './deletion-repository.ts';
import { createEnvironmentRepository } from './environment-repository.ts';

const test = await useTestDatabase();
const environments = createEnvironmentRepository(test.database);

async function make(tenant: Tenant = newTenant()): Promise<Tenant> {
  await environments.create({ tenant, id: randomUUID(), at: noon });
  return tenant;
}

describe('a new database', () => {
  it('has default/dev, which is home', async () => {
    expect(await environments.findHome()).toMatchObject({ tenant: 'default/dev', isHome: true });
    expect(await environments.listProjects()).toMatchObject([{ name: 'default' }]);
  });
});

describe('environments', () => {
  it('are created once, with their project', async () => {
    const tenant = newTenant();
    const id = randomUUID();
    expect(await environments.create({ tenant, id, at: noon })).toBe(true);
    expect(await environments.create({ tenant, id: randomUUID(), at: later(1) })).toBe(false);
    expect(await environments.find(tenant)).toEqual({
      tenant,
      id,
      createdAt: noon,
      settings: {},
      isHome: false,
      ownsFirstSecret: false,
      tokensFrom: noon,
      rivalAudiences: [],
    });
    const projects = await environments.listProjects();
    expect(projects.map(({ name }) => name)).toContain(tenant.split('/')[0]);
    expect((await environments.list()).map((each) => each.tenant)).toContain(tenant);
  });

  it('that do not exist are not found and not changed', async () => {
    const tenant = newTenant();
    expect(await environments.find(tenant)).toBeUndefined();
    const change = environments.change(tenant, () => expect.fail('there is nothing to decide'));
    expect(await change).toBeUndefined();
  });

  it('that are being deleted are not changed, and never become home', async () => {
    const tenant = await make();
    await createDeletionRepository(test.database).begin(tenant, noon);
    const deps = {
      environments,
      service: { limits: defaultLimits, corsOrigins: [] },
      clock: () => noon,
      newId: randomUUID,
    };
    for (const input of [{ home: true }, { trashLifeDays: 1 }]) {
      await expect(changeEnvironment(deps, tenant, { input, by: 'operator' })).rejects.toMatchObject({
        code: 'environment/deleting',
      });
    }
    expect(await environments.findHome()).toMatchObject({ tenant: 'default/dev' });
  });

  it('store a change of settings as a whole or not at all', async () => {
    const tenant = await make();
    const settings = { 'uploads.minFileBytes': 0, corsOrigins: ['https://a.example'] };
    expect(await environments.change(tenant, () => ({ settings, tokenSources: [] }))).toMatchObject({
      settings,
    });
    const refused = environments.change(tenant, () => {
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow();
    expect(await environments.find(tenant)).toMatchObject({ settings });
  });

  it('keep settings of a newer version, which this one does not have', async () => {
    const tenant = await make();
    const { database } = test;
    await database.rows(sql`update bkend.environments set settings = '{"new": 1}' where tenant = ${tenant}`);
    const change = (settings: OwnSettings) =>
      environments.change(tenant, () => ({ settings, tokenSources: [] }));
    await change({ 'uploads.maxFileBytes': 7 });
    await change({ 'uploads.minFileBytes': 0 });
    const rows = await database.rows(
      sql<{ settings: unknown }>`select settings from bkend.environments where tenant = ${tenant}`,
    );
    expect(rows).toEqual([{ settings: { new: 1, 'uploads.minFileBytes': 0 } }]);
  });

  it('lose neither of two concurrent changes', async () => {
    const tenant = await make();
    await Promise.all(
      [{ 'uploads.maxFileBytes': 7 }, { 'quotas.openUploads': 8 }].map((more) =>
        environments.change(tenant, ({ settings }) => ({
          settings: { ...settings, ...more },
          tokenSources: [],
        })),
      ),
    );
    expect((await environments.find(tenant))?.settings).toEqual({
      'uploads.maxFileBytes': 7,
      'quotas.openUploads': 8,
    });
  });

  it('have the audiences of others that verify by the same source', async () => {
    const jwksUrl = 'https://id.example.com/jwks.json';
    const [mine, theirs, another] = [await make(), await make(), await make()];
    const set = (tenant: Tenant, audience?: string) =>
      environments.change(tenant, () => ({
        settings: { tokens: { jwksUrl, ...(audience !== undefined && { audience }) } },
        tokenSources: ['jwks'],
      }));
    await set(mine, 'mine');
    expect((await environments.find(mine))?.rivalAudiences).toEqual([]);
    await set(theirs, 'theirs');
    expect((await environments.find(mine))?.rivalAudiences).toEqual(['theirs']);
    await set(another);
    expect(new Set((await environments.find(mine))?.rivalAudiences)).toEqual(new Set(['theirs', undefined]));
  });

  it('are home one at a time, also when several are made home concurrently', async () => {
    const tenants = await Promise.all([1, 2, 3, 4].map(() => make()));
    await Promise.all(
      tenants.map((tenant) =>
        environments.change(tenant, ({ settings }) => ({ settings, tokenSources: [], homeSince: noon })),
      ),
    );
    const homes = (await environments.list()).filter(({ isHome }) => isHome);
    expect(homes).toHaveLength(1);
    expect(homes[0]).toMatchObject({ homeSince: noon });
    expect(await environments.findHome()).toEqual(homes[0]);
  });

  it('list the origins they allow, each once', async () => {
    const [mine, theirs] = [await make(), await make()];
    const allow = (tenant: Tenant, corsOrigins: '*' | string[]) =>
      environments.change(tenant, () => ({ settings: { corsOrigins }, tokenSources: [] }));
    await allow(mine, ['https://one.example', 'https://two.example']);
    await allow(theirs, ['https://one.example']);
    const origins = await environments.listOrigins();
    expect(origins.filter((origin) => origin === 'https://one.example')).toHaveLength(1);
    expect(origins).toContain('https://two.example');
    await allow(theirs, '*');
    expect(await environments.listOrigins()).toContain('*');
  });

  it('notify every process when one is created or changed', async () => {
    let received = 0;
    const notifications = createEnvironmentNotifications(test.database);
    const subscription = await notifications.subscribe({
      changed: () => (received += 1),
      lost: () => {},
      regained: () => {},
    });
    const until = async (count: number) => expect.poll(() => received).toBe(count);
    const tenant = await make();
    await until(1);
    await environments.change(tenant, () => ({ settings: {}, tokenSources: [] }));
    await until(2);
    await subscription[Symbol.asyncDispose]();
  });
});
