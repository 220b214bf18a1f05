import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePorts } from '../../../test-support/src/process/free-ports.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { type Daemon, startDaemon, waitUntil } from '../engines/process.ts';
import { overwrite, poison, type Replacement, replacements } from './overwritten-bytes.ts';

const attacks = 200;
const visitors = 4;

let service: RunningService;
let nginx: Nginx;
beforeAll(async () => {
  service = await startService();
  nginx = await startNginx(service.imagesUrl);
}, 60_000);
afterAll(async () => {
  await nginx?.stop();
  await service?.[Symbol.asyncDispose]();
});

interface Nginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** nginx as sites put it before the image host: connections to it are kept and shared by all visitors, and answers cached. */
async function startNginx(upstream: string): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-nginx-'));
  const [port] = await findFreePorts(1);
  // As another user its workers could not reach the directory.
  const asUs = process.getuid?.() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(directory, 'nginx.conf'),
    `daemon off; ${asUs} worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  proxy_cache_path ${directory}/cache keys_zone=images:1m;
  upstream images { server ${new URL(upstream).host}; keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://images; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache images; proxy_cache_valid 404 1m;
    }
  }
}
`,
  );
  const daemon: Daemon = await startDaemon({
    command: 'nginx',
    args: ['-p', directory, '-c', 'nginx.conf', '-e', join(directory, 'error.log')],
    debianPackage: 'nginx',
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await waitUntil(answers, { daemon, timeoutSeconds: 20 });
  return {
    url,
    stop: async () => {
      await daemon.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe('visitors behind nginx with kept connections and a cache', () => {
  it.each(Object.keys(replacements) as Replacement[])(
    'are given no bytes of a file whose stored bytes are %s',
    async (replacement) => {
      const file = await overwrite(service, { replacement });
      const { pathname } = new URL(file.url ?? '');
      let attacking = true;
      let asked = 0;
      const poisoned: string[] = [];
      const visit = async () => {
        while (attacking) {
          const path = `/no/such/${replacement.replaceAll(' ', '-')}-${asked++}.jpg`;
          const seen = await fetch(nginx.url + path).then(
            async (answer) => `${answer.status} ${await answer.text()}`,
            (error: unknown) => String(error),
          );
          if (!seen.startsWith('404 ') || seen.includes(poison)) poisoned.push(`${path}: ${seen}`);
        }
      };
      const visits = Array.from({ length: visitors }, visit);
      for (let attack = 0; attack < attacks; attack++) {
        await fetch(`${nginx.url}${pathname}?${attack}`)
          .then((answer) => answer.arrayBuffer())
          // A connection that is cut is what should happen to a body that does not fit.
          .catch(() => {});
      }
      attacking = false;
      await Promise.all(visits);
      expect(poisoned).toEqual([]);
      // Enough of them to be met by what an attack leaves behind.
      expect(asked).toBeGreaterThan(attacks);
    },
  );
});
