import type { FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand, runCommand } from '../../../test-support/src/process/run-command.ts';
import { createKey, createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl, imagesUrl, env } = inject('service');

/** The secret key of an environment, in a tenant whose `dev` stays. */
async function environmentOf(project: string, name: string): Promise<Client> {
  const { key } = await createKey(['--type', 'secret', '--project', project, '--env', name]);
  return createClient(apiUrl, { 'X-API-Key': key });
}
const publicFile = (client: Client) => uploadFile(client, { visibility: 'public' });
const lines = async (argv: readonly string[]) =>
  (await runCommand(argv, env)).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const isGone = (environment: string) =>
  eventually(
    `${environment} is gone`,
    async () => {
      const left = await lines(['environments', 'list', '--json']);
      return left.every((each) => each.environment !== environment) || undefined;
    },
    { withinSeconds: 90 },
  );

let neighbour: Tenant;
beforeAll(async () => {
  neighbour = await createTenant();
});

describe('environments delete', () => {
  it('takes the files, bytes, uploads, keys and webhooks of one environment, and nothing of its neighbours', async () => {
    const { project } = await createTenant();
    const [leaving, longer, other] = await Promise.all([
      environmentOf(project, 'a'),
      environmentOf(project, 'a2'),
      environmentOf(`${project}-b`, 'a'),
    ]);
    const [file, trashed, kept, keptToo] = await Promise.all([
      publicFile(leaving),
      publicFile(leaving),
      publicFile(longer),
      publicFile(other),
    ]);
    await leaving.ask('DELETE', `/v1/files/${trashed.id}?trash=true`);
    const open = await sendFile(leaving);
    const late = await leaving.ask<{ url: string }>('POST', '/v1/files/presigned-url', {
      ...{ filename: 'a.txt', contentType: 'text/plain' },
    });
    await leaving.ask('POST', '/v1/webhooks', { url: 'https://8.8.8.8/' });
    const { url } = await leaving.ask<{ url: string }>('POST', `/v1/files/${file.id}/download-url`, {
      expiresIn: 600,
    });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${imagesUrl}/${file.s3Key}`)).status).toBe(200);

    const environment = `${project}/a`;
    const begun = await readCommand<{ deletion: object }>(
      ['environments', 'delete', environment, '--yes'],
      env,
    );
    expect(begun).toMatchObject({ environment, deletion: { filesAtStart: 2 } });

    await eventually(
      'nothing of it is served',
      async () => {
        const { code, status } = await leaving
          .refusal('GET', '/v1/files')
          .catch(() => ({ code: '', status: 0 }));
        const image = await fetch(`${imagesUrl}/${file.s3Key}`);
        return (code === 'environment/deleting' && status === 409 && image.status === 404) || undefined;
      },
      { withinSeconds: 5 },
    );
    await eventually('its bytes are gone', async () => (await fetch(url)).status === 404 || undefined, {
      withinSeconds: 20,
    });
    await isGone(environment);
    expect((await leaving.refusal('GET', '/v1/files')).code).toBe('auth/invalid-api-key');
    expect((await putBytes(late.url, new TextEncoder().encode('late'), 'text/plain')).status).toBe(200);
    expect((await leaving.refusal('POST', '/v1/files', open)).code).toBe('auth/invalid-api-key');

    for (const [client, { id }] of [
      [longer, kept],
      [other, keptToo],
    ] as const) {
      const { url: still } = await client.ask<{ url: string }>('POST', `/v1/files/${id}/download-url`, {
        expiresIn: 600,
      });
      expect(await (await fetch(still)).text()).toBe('hello');
      expect((await client.ask<FileView>('GET', `/v1/files/${id}`)).id).toBe(id);
    }
    const again = await runCommand(['environments', 'create', environment], env);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toMatch(/was deleted, and its name is free again on 20\d\d-/);
    const key = ['keys', 'create', '--type', 'secret', '--project', project, '--env', 'a'];
    expect((await runCommand(key, env)).stderr).toContain('is free again on');
  }, 150_000);

  it('asks before it deletes, and keeps the home environment and what it does not know', async () => {
    const { environment } = neighbour;
    const unasked = await runCommand(['environments', 'delete', environment], env);
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.stderr).toContain('--yes');
    const home = await runCommand(['environments', 'delete', 'default/dev', '--yes'], env);
    expect(home).toMatchObject({ code: 2 });
    expect(home.stderr).toContain('home');
    expect((await runCommand(['projects', 'delete', 'default', '--yes'], env)).code).toBe(2);
    expect((await runCommand(['environments', 'delete', 'not/there', '--yes'], env)).code).toBe(1);
    expect((await neighbour.admin.send('GET', '/v1/files')).status).toBe(200);
  });
});

describe('projects', () => {
  it('are renamed by their label', async () => {
    const { project } = neighbour;
    await readCommand(['projects', 'rename', project, 'The shop'], env);
    expect(await lines(['projects', 'list', '--json'])).toContainEqual(
      expect.objectContaining({ project, label: 'The shop' }),
    );
    expect((await runCommand(['projects', 'rename', project, ' '], env)).code).toBe(2);
  });

  it('are deleted with all their environments, and with no other project', async () => {
    const { project, admin } = await createTenant();
    const [prod, other] = await Promise.all([
      environmentOf(project, 'prod'),
      environmentOf(`${project}2`, 'prod'),
    ]);
    await Promise.all([publicFile(admin), publicFile(prod), publicFile(other)]);
    const begun = await readCommand<object>(['projects', 'delete', project, '--yes'], env);
    expect(begun).toMatchObject({ project, environments: [`${project}/dev`, `${project}/prod`] });
    await isGone(`${project}/dev`);
    await isGone(`${project}/prod`);
    await eventually('the project is gone', async () => {
      const left = await lines(['projects', 'list', '--json']);
      return left.every((each) => each.project !== project) || undefined;
    });
    expect((await other.ask<{ items: object[] }>('GET', '/v1/files')).items).toHaveLength(1);
    expect((await runCommand(['projects', 'create', project], env)).stderr).toContain('is free again on');
  }, 150_000);
});
