import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { addressOf, readBucket } from '../../test-support/src/bucket/service-bucket.ts';
import { eventually } from '../../test-support/src/process/eventually.ts';
import { operate } from '../../test-support/src/process/operate.ts';
import { type ProxiedService, startProxiedService } from '../../test-support/src/service/proxied-service.ts';
import { createStorage, type Storage, type StorageError, type StoredFile } from '../src/node.ts';
import { FaultRelay } from './fault-relay.ts';
import type { FaultScenario, Role } from './fault-scenario.ts';

/** Seconds. URLs expire during an upload, and the jobs remove a failed upload soon after. */
const uploadLife = 30;
const lives = {
  BKEND_UPLOAD_URL_LIFE_SECONDS: '3',
  BKEND_PART_URL_LIFE_SECONDS: '3',
  BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: `${uploadLife}`,
};
const roles: readonly Role[] = ['api', 'objects'];

/** Outcome of an upload: the file, or facts of the error. */
export type Outcome =
  | { readonly value: StoredFile; readonly error?: never }
  | { readonly value?: never; readonly error: Pick<StorageError, 'code' | 'phase' | 'retryable'> };

/** An upload under faults, after its end. */
export interface Run {
  readonly scenario: FaultScenario;
  readonly outcome: Outcome;
  /** Tag of this run's file alone. */
  readonly tag: string;
  /** SHA-256 of the uploaded bytes, in hex. */
  readonly sha256: string;
  readonly mayBeAborted: boolean;
}

/** The real service, behind relays and proxies that apply a fault scenario. */
export class FaultyService implements AsyncDisposable {
  readonly service: ProxiedService;
  /** URL of the API for clients. */
  readonly apiUrl: string;
  /** An admin's client without faults. */
  readonly direct: Storage;
  readonly #relays: Readonly<Record<Role, FaultRelay>>;
  #runs = 0;
  #completed = 0;
  #faults = 0;

  private constructor(service: ProxiedService, relays: Readonly<Record<Role, FaultRelay>>) {
    this.service = service;
    this.#relays = relays;
    this.apiUrl = relays.api.url;
    const retry = { firstDelaySeconds: 0.01 };
    this.direct = createStorage({ url: service.running.apiUrl, apiKey: service.secretKey, retry });
  }

  static async start(): Promise<FaultyService> {
    const relays = { api: await FaultRelay.start(), objects: await FaultRelay.start() };
    const service = await startProxiedService({ env: { ...lives, BKEND_OBJECTS_URL: relays.objects.url } });
    for (const role of roles) relays[role].passTo(service[role].url);
    return new FaultyService(service, relays);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    for (const role of roles) await this.#relays[role][Symbol.asyncDispose]();
  }

  /** @param onRequest called with the number of each request, from 0, before its fault */
  begin(scenario: FaultScenario, onRequest: (number: number) => void): void {
    let requests = 0;
    for (const role of roles) {
      this.#relays[role].decide = (connection) => scenario.faultOfConnection(role, connection);
      this.#relays[role].onFault = () => scenario.count();
      this.service[role].decide = (request) => {
        onRequest(requests++);
        return scenario.faultOfRequest(role, request);
      };
    }
  }

  /** Ends the faults, and breaks connections that are still open. */
  end(): void {
    for (const role of roles) {
      this.#relays[role].reset();
      this.service[role].calm();
    }
  }

  /** Either the right bytes and exactly one file, or a typed error and none. */
  async expectGoodEnd({ scenario, outcome, tag, sha256, mayBeAborted }: Run): Promise<void> {
    this.#runs += 1;
    this.#faults += scenario.faults;
    const { items } = await this.direct.listPage({ tag });
    if (outcome.value) {
      this.#completed += 1;
      expect(items).toHaveLength(1);
      expect(items[0]?.id).toBe(outcome.value.id);
      return this.#expectBytes(outcome.value, sha256);
    }
    const { code, phase, retryable } = outcome.error;
    if (scenario.kind === 'outage') {
      expect({ code, retryable }).toEqual({ code, retryable: true });
      // When the answer of registering is lost for good, the client cannot find out whether the file exists.
      if (phase === 'registering' && items[0]) return this.#expectBytes(items[0], sha256);
    } else {
      expect(code).toBe(mayBeAborted ? 'client/aborted' : 'never otherwise');
    }
    // An aborted upload settles at once and continues to clean up: the file may exist until then.
    await eventually('no file is left', async () => {
      const { items: left } = await this.direct.listPage({ tag });
      return left.length === 0 || undefined;
    });
  }

  /** After the jobs have run, storage has one object for each file, and no other. */
  async expectNothingLeft(): Promise<void> {
    expect(this.#completed).toBeGreaterThan(this.#runs / 3);
    expect(this.#faults).toBeGreaterThan(this.#runs / 2);
    const files: string[] = [];
    for await (const { key } of this.direct.list()) files.push(key);
    expect(files.length).toBeGreaterThan(0);
    const left = await eventually(
      'storage has one object for each file',
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

  /** Deletes large files afterwards, to save disk space; the jobs remove their bytes. */
  async #expectBytes(file: StoredFile, sha256: string): Promise<void> {
    const hash = createHash('sha256');
    const { url } = await this.direct.downloadUrl(file.id);
    for await (const chunk of (await fetch(url)).body ?? []) hash.update(chunk);
    expect(hash.digest('hex')).toBe(sha256);
    if (file.size > 1e6) await this.direct.delete(file.id);
  }

  async #runJob(name: string): Promise<void> {
    await operate(['jobs', 'run', name], this.service.running.env).catch((error: unknown) => {
      // The service may be running the same job.
      if (!String(error).includes('Another process')) throw error;
    });
  }
}
