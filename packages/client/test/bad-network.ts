import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { addressOf, readBucket } from '../../server/test/support/bucket.ts';
import { readCommand } from '../../server/test/support/command-line.ts';
import { eventually } from '../../server/test/support/eventually.ts';
import { createStorage, type Storage, type StorageError, type StoredFile } from '../src/node.ts';
import { FaultyWire } from './faulty-wire.ts';
import { type Service, startService } from './service.ts';
import type { Role, Weather } from './weather.ts';

/** Seconds. URLs really expire during an upload; an upload that failed is the jobs' soon after. */
const uploadLife = 30;
const lives = {
  BKEND_UPLOAD_URL_LIFE_SECONDS: '3',
  BKEND_PART_URL_LIFE_SECONDS: '3',
  BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: `${uploadLife}`,
};
const roles: readonly Role[] = ['api', 'objects'];

/** What became of an upload; of an error, what it says. */
export type Outcome =
  | { readonly value: StoredFile; readonly error?: never }
  | { readonly value?: never; readonly error: Pick<StorageError, 'code' | 'phase' | 'retryable'> };

/** An upload through bad weather, as it ended. */
export interface Run {
  readonly weather: Weather;
  readonly outcome: Outcome;
  /** On the file, and on no other. */
  readonly tag: string;
  /** Of what was uploaded, in hex. */
  readonly sha256: string;
  readonly mayBeAborted: boolean;
}

/** The real service, at the end of wires and proxies that do what the weather says. */
export class BadNetwork implements AsyncDisposable {
  readonly service: Service;
  /** Where clients find the API. */
  readonly apiUrl: string;
  /** Past all faults, and for an admin. */
  readonly calm: Storage;
  readonly #wires: Readonly<Record<Role, FaultyWire>>;
  #runs = 0;
  #completed = 0;
  #faults = 0;

  private constructor(service: Service, wires: Readonly<Record<Role, FaultyWire>>) {
    this.service = service;
    this.#wires = wires;
    this.apiUrl = wires.api.url;
    const retry = { firstDelaySeconds: 0.01 };
    this.calm = createStorage({ url: service.running.apiUrl, apiKey: service.secretKey, retry });
  }

  static async start(): Promise<BadNetwork> {
    const wires = { api: await FaultyWire.start(), objects: await FaultyWire.start() };
    const service = await startService({ env: { ...lives, BKEND_OBJECTS_URL: wires.objects.url } });
    for (const role of roles) wires[role].leadTo(service[role].url);
    return new BadNetwork(service, wires);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    for (const role of roles) await this.#wires[role][Symbol.asyncDispose]();
  }

  /** @param onRequest hears of every request, counted from 0, before anything becomes of it */
  begin(weather: Weather, onRequest: (number: number) => void): void {
    let requests = 0;
    for (const role of roles) {
      this.#wires[role].draw = (connection) => weather.fate(role, connection);
      this.#wires[role].onStrike = () => weather.count();
      this.service[role].decide = (request) => {
        onRequest(requests++);
        return weather.strike(role, request);
      };
    }
  }

  /** Clears the sky, and breaks what is still under way. */
  end(): void {
    for (const role of roles) {
      this.#wires[role].calm();
      this.service[role].calm();
    }
  }

  /** Either the right bytes and exactly one file, or a typed error and none. */
  async expectGoodEnd({ weather, outcome, tag, sha256, mayBeAborted }: Run): Promise<void> {
    this.#runs += 1;
    this.#faults += weather.faults;
    const { items } = await this.calm.listPage({ tag });
    if (outcome.value) {
      this.#completed += 1;
      expect(items).toHaveLength(1);
      expect(items[0]?.id).toBe(outcome.value.id);
      return this.#expectBytes(outcome.value, sha256);
    }
    const { code, phase, retryable } = outcome.error;
    if (weather.kind === 'outage') {
      expect({ code, retryable }).toEqual({ code, retryable: true });
      // Whether a file was registered whose answer was lost for good, nobody can tell who cannot ask.
      if (phase === 'registering' && items[0]) return this.#expectBytes(items[0], sha256);
    } else {
      expect(code).toBe(mayBeAborted ? 'client/aborted' : 'never otherwise');
    }
    // An upload that is aborted settles at once, and goes on tidying up: it may have been registered in that moment.
    await eventually('no file is left', async () => {
      const { items: left } = await this.calm.listPage({ tag });
      return left.length === 0 || undefined;
    });
  }

  /** After the jobs have run, storage holds what the files need, and nothing else. */
  async expectNothingLeft(): Promise<void> {
    expect(this.#completed).toBeGreaterThan(this.#runs / 3);
    expect(this.#faults).toBeGreaterThan(this.#runs / 2);
    const files: string[] = [];
    for await (const { key } of this.calm.list()) files.push(key);
    expect(files.length).toBeGreaterThan(0);
    const left = await eventually(
      'storage holds as much as the files need',
      async () => {
        for (const job of ['expire-uploads', 'purge']) await this.#runJob(job);
        const bucket = await readBucket(this.service.running, 'default/');
        return bucket.objects.length <= files.length && bucket.uploads.length === 0 ? bucket : undefined;
      },
      { withinSeconds: uploadLife + 15 },
    );
    expect(left.objects.map(addressOf)).toEqual(files.toSorted());
    expect(left.uploads).toEqual([]);
  }

  /** Large files are deleted then, to spare the disk; their bytes are one more thing for the jobs to remove. */
  async #expectBytes(file: StoredFile, sha256: string): Promise<void> {
    const hash = createHash('sha256');
    const { url } = await this.calm.downloadUrl(file.id);
    for await (const chunk of (await fetch(url)).body ?? []) hash.update(chunk);
    expect(hash.digest('hex')).toBe(sha256);
    if (file.size > 1e6) await this.calm.delete(file.id);
  }

  async #runJob(name: string): Promise<void> {
    await readCommand(['jobs', 'run', name], this.service.running.env).catch((error: unknown) => {
      // The service's own jobs may be at the same one in this moment.
      if (!String(error).includes('Another process')) throw error;
    });
  }
}
