import { mkdtemp, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { startTestServer } from '../../../test-support/src/postgres/test-server.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import {
  type RunningService,
  type StartOptions,
  startService,
} from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { scenery } from '../images/sample-images.ts';

const running: AsyncDisposable[] = [];
afterEach(async () => {
  for (const started of running.splice(0).reverse()) await started[Symbol.asyncDispose]();
});

async function start(options: StartOptions): Promise<RunningService> {
  const service = await startService(options);
  running.push(service);
  return service;
}

/** Names of the environment variables of each process of the service, from `/proc`, by role. */
async function environments(service: RunningService): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const { pid, command } of await service.processes()) {
    const role =
      /--only (\w+)/.exec(command)?.[1] ?? (command.includes('renderer-process') ? 'renderer' : undefined);
    if (role === undefined) continue;
    const text = await readFile(`/proc/${pid}/environ`, 'utf8');
    found.set(role, new Set(text.split('\0').map((entry) => entry.split('=')[0] ?? '')));
  }
  return found;
}

async function openFiles(pid = 0): Promise<string[]> {
  const files = await readdir(`/proc/${pid}/fd`);
  return Promise.all(files.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
}

/** Renders an SVG, so that a process for untrusted bytes runs. */
async function draw(service: RunningService): Promise<void> {
  const alice = await (await createTenant(service)).user('alice');
  const file = {
    bytes: new Uint8Array(scenery()),
    originalName: 'a.svg',
    mimeType: 'image/svg+xml',
    visibility: 'public',
  } as const;
  const { url } = await uploadFile(alice, file);
  const answer = await fetch(`${service.imagesUrl}/50x50${new URL(url ?? '').pathname}`);
  expect(answer.status).toBe(200);
}

const secrets = {
  JWT_ISSUER: 'https://id.example',
  BKEND_IMAGE_SIGNING_KEY: 'signing-key-of-images',
  BKEND_IMAGE_TICKET_SECRET: 'secret-of-image-urls',
  BKEND_API_KEY: 'sk_of-a-client',
  BKEND_ACCESS_TOKEN: 'token-of-a-client',
  PGPASSWORD: 'password-of-a-database',
  AWS_SECRET_ACCESS_KEY: 'secret-of-aws',
  SECRET_OF_ANOTHER_PROGRAM: 'of-another-program',
};

/** Those of these that each role may have; every other must be absent. */
type Table = Readonly<Record<string, readonly string[]>>;

function expectTable(found: Map<string, Set<string>>, table: Table, variables: readonly string[]): void {
  expect([...found.keys()].sort()).toEqual(Object.keys(table).sort());
  const seen = Object.fromEntries(
    [...found].map(([role, names]) => [role, variables.filter((name) => names.has(name))]),
  );
  expect(seen).toEqual(table);
}

describe('the open files of a role', () => {
  it('are its own: no process of the service keeps files that its parent had open', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bkend-inherited-'));
    const file = await open(join(directory, 'lock-of-a-starter'), 'w');
    try {
      const service = await start({ inheritedFile: file.fd });
      await draw(service);
      const [supervisor, ...others] = await service.processes();
      expect(await openFiles(supervisor?.pid)).toContain(join(directory, 'lock-of-a-starter'));
      expect(others.length).toBeGreaterThan(6);
      for (const { pid, command } of others) {
        expect(await openFiles(pid), command).not.toContain(join(directory, 'lock-of-a-starter'));
      }
    } finally {
      await file.close();
      await rm(directory, { recursive: true });
    }
  });
});

describe('the environment of a role', () => {
  it('has the secrets that the role uses and no other, with the embedded database and store', async () => {
    const service = await start({ env: { ...secrets, BKEND_IMAGE_MAX_QUEUED: '99' } });
    await draw(service);
    const variables = [
      ...Object.keys(secrets),
      'JWT_SECRET',
      'BKEND_DATA_DIR',
      'BKEND_API_PORT',
      'BKEND_IMAGE_MAX_QUEUED',
    ];
    expectTable(
      await environments(service),
      {
        database: ['BKEND_DATA_DIR'],
        objects: ['BKEND_DATA_DIR', 'BKEND_API_PORT'],
        api: ['JWT_ISSUER', 'BKEND_IMAGE_TICKET_SECRET', 'JWT_SECRET', 'BKEND_DATA_DIR', 'BKEND_API_PORT'],
        images: [
          'BKEND_IMAGE_SIGNING_KEY',
          'BKEND_IMAGE_TICKET_SECRET',
          'BKEND_DATA_DIR',
          'BKEND_API_PORT',
          'BKEND_IMAGE_MAX_QUEUED',
        ],
        console: ['BKEND_IMAGE_TICKET_SECRET', 'BKEND_DATA_DIR', 'BKEND_API_PORT'],
        jobs: ['BKEND_DATA_DIR', 'BKEND_API_PORT'],
        renderer: [],
      },
      variables,
    );
  });

  it('has them with an external database and store too', async () => {
    const store = await start({ words: ['--only', 'objects'] });
    const database = await startTestServer();
    running.push(database);
    const { accessKeyId, secretAccessKey } = await eventually('the store is there', () =>
      readCommand<{ accessKeyId: string; secretAccessKey: string }>(
        ['store', 'keys', 'create'],
        store.env,
      ).catch(() => undefined),
    );
    const elsewhere = {
      DATABASE_URL: database.url,
      S3_ENDPOINT: store.objectsUrl,
      S3_BUCKET: 'photos',
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const service = await start({ env: { ...secrets, ...elsewhere } });
    const ofDatabase = ['PGPASSWORD', 'DATABASE_URL'];
    const ofStore = Object.keys(elsewhere).slice(1);
    expectTable(
      await environments(service),
      {
        api: ['JWT_ISSUER', 'BKEND_IMAGE_TICKET_SECRET', ...ofDatabase, ...ofStore, 'JWT_SECRET'],
        images: ['BKEND_IMAGE_SIGNING_KEY', 'BKEND_IMAGE_TICKET_SECRET', ...ofDatabase, ...ofStore],
        console: ['BKEND_IMAGE_TICKET_SECRET', ...ofDatabase, ...ofStore],
        jobs: [...ofDatabase, ...ofStore],
      },
      [...Object.keys(secrets), ...Object.keys(elsewhere), 'JWT_SECRET'],
    );
  });
});
