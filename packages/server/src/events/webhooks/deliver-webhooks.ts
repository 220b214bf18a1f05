import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '@bkend/storage-contract';
import { batch } from '../../batch.ts';
import type { Clock } from '../../files/ports.ts';
import type { Event } from '../event.ts';
import type { EventRepository } from '../ports.ts';
import { newSignal } from './new-signal.ts';
import { disabledAfterMs, nextDeliveryAt } from './retry-schedule.ts';
import { webhookHeaders } from './sign-webhook.ts';
import type { Delivery, Webhook } from './webhook.ts';
import type { AttemptRecord, AttemptResult, DeliveryQueue, WebhookSender } from './webhook-ports.ts';

/** Attempts at once for each webhook. */
const concurrency = 8;
/** Deliveries of a webhook that are read at once; not more than twice as many are in memory. */
const batchSize = 200;
/** Webhooks that one process works on at once, with at most 8 connections each. */
const maxLeased = 500;
/** Attempts in one statement that records them. */
const maxRecorded = 500;
const leaseMs = 60_000;
/** Pause between two looks for something to do. */
const lookEveryMs = 300;
/** A look without a change of the database: for attempts that other processes have put off, and leases that have ended. */
const leaseEveryMs = 5_000;
const pollMs = 100;
/** No attempt begins less than this before the end of the lease; one takes at most 15 s. */
const attemptMs = 20_000;
/** A stopping process waits for attempts in flight; those that are cut off are made again. */
const stopWithinMs = 2_000;

export interface DeliveriesDeps {
  readonly queue: DeliveryQueue;
  readonly events: Pick<EventRepository, 'read'>;
  readonly sender: WebhookSender;
  /** The body of an event. */
  readonly render: (event: Event) => unknown;
  /** A text that is another one once anything has changed in between. */
  readonly readState: () => Promise<string>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Counts an attempt, for metrics. */
  readonly onAttempt?: (outcome: 'delivered' | 'retried' | 'failed', durationMs: number) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Delivers events to webhooks until disposed. Any number of processes may do so: each leases webhooks, makes deliveries of new events
 * and sends those that are due, at most 8 of a webhook at once, and of a file one after the other. A webhook has connections and a
 * queue of its own, so that a slow receiver holds up no other. An attempt is recorded before the next one of its file begins: a process
 * that is killed leaves deliveries pending, which the next holder of the lease sends, some of them again.
 */
export function startDeliveries(deps: DeliveriesDeps): AsyncDisposable {
  const holder = deps.newId();
  const stop = new AbortController();
  const cutOff = new AbortController();
  const workers = new Map<string, Worker>();
  let lookedAtState: string | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** The next attempt that this process has put off. */
  let nextDueMs = Number.POSITIVE_INFINITY;
  const record = batch<AttemptRecord, undefined>({
    maxItems: maxRecorded,
    maxInFlight: 2,
    run: async (attempts) => {
      await deps.queue.record(attempts, new Date(deps.clock().getTime() - disabledAfterMs));
      for (const { state, dueAt } of attempts) {
        if (state === 'pending') nextDueMs = Math.min(nextDueMs, dueAt.getTime());
      }
      return attempts.map(() => undefined);
    },
    isOneItemsFault: (error) => !(error instanceof StorageError && error.code === 'common/unavailable'),
  });

  async function lease(): Promise<void> {
    const now = deps.clock();
    const held = [...workers.values()].map(({ webhook }) => webhook);
    const until = new Date(now.getTime() + leaseMs);
    const leased = await deps.queue.lease({ holder, held, now, until, limit: maxLeased });
    const kept = new Set(leased.map(({ id }) => id));
    for (const [id, worker] of workers) if (!kept.has(id)) worker.lose();
    for (const webhook of leased) {
      const worker = workers.get(webhook.id);
      if (worker !== undefined) worker.renew(webhook, until);
      else if (!stop.signal.aborted) start(webhook, until);
    }
  }

  function start(webhook: Webhook, until: Date): void {
    const worker = new Worker(deps, {
      holder,
      webhook,
      until,
      record,
      stop: stop.signal,
      cutOff: cutOff.signal,
    });
    workers.set(webhook.id, worker);
    void worker
      .run()
      .catch(deps.onError)
      .finally(() => workers.delete(webhook.id));
  }

  /** Leases where there may be something to do: after a change, when an attempt is due, and while webhooks are worked on. */
  async function look(): Promise<void> {
    const nowMs = deps.clock().getTime();
    const state = await deps.readState();
    const isDue = nowMs >= Math.min(nextDueMs, lookedAtMs + leaseEveryMs);
    if (state === lookedAtState && !isDue && workers.size === 0) return;
    nextDueMs = Number.POSITIVE_INFINITY;
    await lease();
    lookedAtState = state;
    lookedAtMs = nowMs;
  }

  const repeat = async () => {
    while (!stop.signal.aborted) {
      await look().catch(deps.onError);
      await sleep(lookEveryMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const repeating = repeat();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await repeating;
      const end = setTimeout(() => cutOff.abort(), stopWithinMs);
      await Promise.all([...workers.values()].map(({ ended }) => ended));
      clearTimeout(end);
    },
  };
}

interface Assignment {
  readonly holder: string;
  readonly webhook: Webhook;
  readonly until: Date;
  readonly record: (attempt: AttemptRecord) => Promise<undefined>;
  readonly stop: AbortSignal;
  readonly cutOff: AbortSignal;
}

/** Works on one webhook while it has something to do. */
class Worker {
  readonly #deps: DeliveriesDeps;
  readonly #task: Assignment;
  readonly #resolved = newSignal();
  /** Files and deliveries that are being worked on. */
  readonly #busy = new Set<string>();
  #waiting: (readonly Delivery[])[] = [];
  #running = 0;
  #wake = newSignal();
  #until: Date;
  #after: number;
  #isLost = false;
  webhook: Webhook;

  constructor(deps: DeliveriesDeps, task: Assignment) {
    this.#deps = deps;
    this.#task = task;
    this.#until = task.until;
    this.#after = task.webhook.after;
    this.webhook = task.webhook;
  }

  get ended(): Promise<void> {
    return this.#resolved.promise;
  }

  /** Takes the webhook as it is now, with its secrets and its address. */
  renew(webhook: Webhook, until: Date): void {
    this.webhook = webhook;
    this.#until = until;
  }

  lose(): void {
    this.#isLost = true;
    this.#waiting = [];
    this.#wake.resolve();
  }

  async run(): Promise<void> {
    const { queue, clock } = this.#deps;
    try {
      while (this.#mayGoOn()) {
        this.#wake = newSignal();
        const hasEnqueued = await this.#enqueueNext();
        const except = [...this.#busy];
        const due = await queue.findDue({ webhook: this.webhook, now: clock(), limit: batchSize, except });
        this.#take(due);
        if (due.length === 0 && !hasEnqueued && this.#busy.size === 0) break;
        // With enough in hand, the queue is read again when that nears its end; else now and then, for other files.
        if (this.#waiting.length >= concurrency) await this.#wake.promise;
        else if (!hasEnqueued && due.length < batchSize)
          await Promise.race([this.#wake.promise, sleep(pollMs)]);
      }
    } finally {
      this.#waiting = [];
      while (this.#running > 0) {
        this.#wake = newSignal();
        await this.#wake.promise;
      }
      if (!this.#isLost) await queue.release(this.#task.holder, this.webhook).catch(this.#deps.onError);
      this.#resolved.resolve();
    }
  }

  /** False when the lease is lost, or will be before an attempt that begins now has ended. */
  #mayGoOn(): boolean {
    const isLeased = this.#until.getTime() - this.#deps.clock().getTime() > attemptMs;
    return !this.#isLost && !this.#task.stop.aborted && isLeased;
  }

  /** Makes deliveries of the next events. @returns whether there were any */
  async #enqueueNext(): Promise<boolean> {
    const { events, queue, render, newId, clock } = this.#deps;
    const { tenant, id, types } = this.webhook;
    const after = this.#after;
    const page = await events.read({ tenant, after, limit: batchSize, ...(types && { types }) });
    if (page.nextAfter <= after) return false;
    const deliveries = page.events.map((event) => ({
      ...{ id: newId(), eventId: event.id, type: event.type, body: JSON.stringify(render(event)) },
      ...(event.fileId !== undefined && { fileId: event.fileId }),
    }));
    const request = { holder: this.#task.holder, nextAfter: page.nextAfter, deliveries, now: clock() };
    if (await queue.enqueue({ ...request, webhook: { tenant, id, after } })) this.#after = page.nextAfter;
    else this.lose();
    return page.events.length > 0;
  }

  /** Sorts deliveries by file, and begins as many as may run at once. */
  #take(due: readonly Delivery[]): void {
    const groups = new Map<string, Delivery[]>();
    for (const delivery of due) {
      const name = delivery.orderedBy ?? delivery.id;
      const group = groups.get(name);
      if (group) group.push(delivery);
      else groups.set(name, [delivery]);
    }
    for (const [name, deliveries] of groups) {
      this.#busy.add(name);
      this.#waiting.push(deliveries);
    }
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#running < concurrency) {
      const deliveries = this.#waiting.shift();
      const [first] = deliveries ?? [];
      if (deliveries === undefined || first === undefined) return;
      this.#running += 1;
      void this.#sendInOrder(deliveries)
        .catch(this.#deps.onError)
        .finally(() => {
          this.#running -= 1;
          this.#busy.delete(first.orderedBy ?? first.id);
          this.#startWaiting();
          if (this.#waiting.length < concurrency) this.#wake.resolve();
        });
    }
  }

  /** Sends deliveries of one file, up to the first that fails. */
  async #sendInOrder(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) {
      if (!this.#mayGoOn()) return;
      const state = await this.#attempt(delivery);
      if (state === 'pending') return;
    }
  }

  async #attempt(delivery: Delivery): Promise<AttemptRecord['state']> {
    const { sender, clock, random, onAttempt } = this.#deps;
    const { cutOff, record } = this.#task;
    const { id, body } = delivery;
    const at = clock();
    const headers = webhookHeaders(this.webhook, { id, body, at });
    const result = await sender.send(this.webhook.url, { headers, body, signal: cutOff });
    // It is made again by the next process: it may have been received.
    if (cutOff.aborted && 'error' in result) return 'pending';
    const now = clock();
    const next = nextDeliveryAt(
      { attempts: delivery.attempts + 1, firstAttemptAt: delivery.firstAttemptAt ?? at, now },
      random,
    );
    const state = isSuccess(result) ? 'delivered' : next === undefined ? 'failed' : 'pending';
    await record({ delivery, state, dueAt: state === 'pending' && next ? next : now, at: now, result });
    onAttempt?.(state === 'pending' ? 'retried' : state, result.durationMs);
    return state;
  }
}

function isSuccess(result: AttemptResult): boolean {
  return 'status' in result && result.status >= 200 && result.status < 300;
}
