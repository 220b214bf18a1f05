import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../running-store.ts';

/** A store with no bucket, and a folder that is some client's home. */
export interface ClientRun extends AsyncDisposable {
  readonly store: RunningStore;
  readonly directory: string;
  /** Runs a client to its end, which must be a good one; resolves with what it printed. */
  run(
    command: string,
    args: readonly string[],
    variables?: Readonly<Record<string, string>>,
  ): Promise<string>;
}

export async function startClientRun(): Promise<ClientRun> {
  const store = await startStore({ buckets: [] });
  const directory = await mkdtemp(join(tmpdir(), 'bkend-client-'));
  return {
    store,
    directory,
    async run(command, args, variables = {}) {
      const child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        cwd: directory,
        env: {
          PATH: process.env.PATH,
          HOME: directory,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_DEFAULT_REGION: region,
          ...variables,
        },
      });
      let printed = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          printed += text;
        });
      }
      const status = await new Promise((resolve) => child.once('close', resolve));
      expect(status, printed).toBe(0);
      return printed;
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
