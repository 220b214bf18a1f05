import type { File } from '../../files/file.ts';
import type { Clock } from '../../files/ports.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { ImportRepository } from './import-ports.ts';

/** Time after which bytes that no file has taken are purged, unless the reservation is renewed. */
const lifeMs = 15 * 60_000;
const renewalMs = 60_000;

/** The object keys that a batch writes, whose purge is put off while it works. */
export class Reservation implements AsyncDisposable {
  readonly #imports: ImportRepository;
  readonly #clock: Clock;
  readonly #tenant: Tenant;
  readonly #objectKeys: Set<string>;
  readonly #timer: NodeJS.Timeout;
  #dueAt: Date;
  /** Renewals and creations one after the other: a creation names the instant that the purges are due at. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    { imports, clock }: Deps,
    tenant: Tenant,
    { objectKeys, dueAt }: { readonly objectKeys: readonly string[]; readonly dueAt: Date },
  ) {
    this.#imports = imports;
    this.#clock = clock;
    this.#tenant = tenant;
    this.#objectKeys = new Set(objectKeys);
    this.#dueAt = dueAt;
    this.#timer = setInterval(() => void this.#renew(), renewalMs);
  }

  static async open(
    deps: Deps,
    tenant: Tenant,
    files: readonly { readonly objectKey: string }[],
  ): Promise<Reservation> {
    const objectKeys = files.map(({ objectKey }) => objectKey);
    const dueAt = new Date(deps.clock().getTime() + lifeMs);
    await deps.imports.reserve({ tenant, objectKeys, dueAt });
    return new Reservation(deps, tenant, { objectKeys, dueAt });
  }

  /** Creates the files whose bytes are written. @returns the ids of those that were created */
  create(files: readonly File[]): Promise<Set<string>> {
    return this.#inTurn(async () => {
      const created = await this.#imports.create(this.#tenant, files, this.#dueAt);
      for (const { objectKey } of files) this.#objectKeys.delete(objectKey);
      return created;
    });
  }

  /** A failed renewal is tried again: the reservation lasts for fifteen. */
  #renew(): Promise<void> {
    return this.#inTurn(async () => {
      const dueAt = new Date(this.#clock().getTime() + lifeMs);
      const reserved = { tenant: this.#tenant, objectKeys: [...this.#objectKeys], dueAt: this.#dueAt };
      await this.#imports.putOff(reserved, dueAt);
      this.#dueAt = dueAt;
    }).catch(() => undefined);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
  }
}

interface Deps {
  readonly imports: ImportRepository;
  readonly clock: Clock;
}
