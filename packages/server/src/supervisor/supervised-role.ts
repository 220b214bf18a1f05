import type { ChildProcess } from 'node:child_process';
import type { Logger } from '../observability/logger.ts';
import { type BackOff, createBackOff } from './back-off.ts';
import { isRoleMessage, type RoleMessage, type SupervisorMessage } from './messages.ts';

export interface RoleOptions {
  readonly name: string;
  /** Starts a process with an IPC channel that runs the role. */
  readonly fork: () => ChildProcess;
  /** Time to stop, after which the process is killed. */
  readonly graceMs: number;
  /** The same after a second signal. */
  readonly hurriedGraceMs: number;
}

/** The role cannot be started; the message is for the operator. */
export class RoleFailedError extends Error {
  override readonly name = 'RoleFailedError';
}

const backOffOptions = { firstMs: 100, maxMs: 10_000, wellAfterMs: 30_000 };

/** Exits without a reason before the role was ever ready, after which it is not started again. */
const maxEarlyDeaths = 3;

/**
 * A role and its process, restarted with back-off whenever it ends, until it is stopped. A role that reports at its first start
 * why it cannot run is not restarted: it would report the same again.
 */
export class SupervisedRole {
  readonly name: string;
  /** Resolves when the role is ready for the first time. @throws RoleFailedError */
  readonly firstReady: Promise<void>;
  readonly #options: RoleOptions;
  readonly #log: Logger;
  readonly #backOff: BackOff = createBackOff(backOffOptions);
  #settle: { resolve(): void; reject(error: RoleFailedError): void };
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;
  #kill: NodeJS.Timeout | undefined;
  #wasReady = false;
  #isStopping = false;
  #earlyDeaths = 0;

  constructor(options: RoleOptions, log: Logger) {
    this.name = options.name;
    this.#options = options;
    this.#log = log;
    const { promise, ...settle } = withResolvers();
    this.firstReady = promise;
    this.#settle = settle;
    this.#start();
  }

  /** Asks the process for its value, as JSON carries it; undefined when it has none, or ends first. */
  async ask(): Promise<unknown> {
    const child = this.#child;
    if (child === undefined) return undefined;
    const answer = new Promise<unknown>((resolve) => {
      child.on('message', (message) => {
        if (isRoleMessage(message) && message.type === 'answer') resolve(message.answer);
      });
    });
    send(child, { type: 'ask' });
    return Promise.race([answer, this.#ended]);
  }

  /** Lets the process know that it will be stopped. */
  announceStop(): void {
    if (this.#child) send(this.#child, { type: 'announce-stop' });
  }

  /** Stops the process and waits for its end; kills it when its time is up. */
  async stop(options: { readonly hurry: boolean }): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    this.#killAfter(child, options.hurry ? this.#options.hurriedGraceMs : this.#options.graceMs);
    // A process that has lost the channel stops by itself.
    send(child, { type: 'stop' });
    await this.#ended;
  }

  #start(): void {
    const startedAt = performance.now();
    const child = this.#options.fork();
    this.#child = child;
    let reason: string | undefined;
    child.on('message', (message) => {
      if (!isRoleMessage(message)) return;
      if (message.type === 'failed') reason = message.reason;
      if (message.type === 'ready') this.#becomeReady(message, performance.now() - startedAt);
    });
    child.on('error', (error) => {
      reason ??= error.message;
    });
    this.#ended = new Promise((resolve) => {
      // A process that could not be created emits no exit, only an error.
      child.once(child.pid === undefined ? 'error' : 'exit', (code, signal) => {
        this.#child = undefined;
        clearTimeout(this.#kill);
        resolve();
        const how = reason ?? `ended with ${signal ?? `exit code ${code}`}`;
        if (!this.#isStopping) this.#afterDeath(how, performance.now() - startedAt, reason !== undefined);
      });
    });
  }

  #becomeReady({ url, operationsUrl }: Extract<RoleMessage, { type: 'ready' }>, durationMs: number): void {
    this.#wasReady = true;
    this.#log.info({ of: this.name, url, operationsUrl, durationMs: Math.round(durationMs) }, 'role ready');
    this.#settle.resolve();
  }

  #afterDeath(how: string, ranMs: number, explained: boolean): void {
    if (!this.#wasReady) {
      this.#earlyDeaths += 1;
      if (explained || this.#earlyDeaths >= maxEarlyDeaths) {
        this.#settle.reject(
          new RoleFailedError(explained ? how : `The ${this.name} role ${how}; see the log.`),
        );
        return;
      }
    }
    const delayMs = this.#backOff.nextDelayMs(ranMs);
    this.#log.error({ of: this.name, reason: how, restartInMs: delayMs }, 'role ended; it is started again');
    this.#restart = setTimeout(() => this.#start(), delayMs);
  }

  #killAfter(child: ChildProcess, graceMs: number): void {
    clearTimeout(this.#kill);
    this.#kill = setTimeout(() => {
      this.#log.warn({ of: this.name, graceMs }, 'role did not stop in time and is killed');
      child.kill('SIGKILL');
    }, graceMs);
  }
}

function send(child: ChildProcess, message: SupervisorMessage): void {
  if (child.connected) child.send(message, () => {});
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers() {
  let resolve = () => {};
  let reject = (_: RoleFailedError) => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // A rejection that is not awaited any more must not end the process.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
