import { createConnection, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Scanner, ScannerAway, type Verdict } from '../jobs/scanning.ts';

/** The address of a daemon: a TCP port, or a socket in the file system. */
type ClamdAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ClamdOptions {
  readonly address: ClamdAddress;
  /** Time in which the daemon accepts a connection, and answers a `PING`. */
  readonly answerMs?: number;
  /** Time in which it takes the next bytes of a stream, and in which the store has some. */
  readonly idleMs?: number;
  /** Time for its verdict once it has all bytes. */
  readonly verdictMs?: number;
}

/** Bytes of one chunk; each chunk waits until the daemon has taken the one before, so that a stream holds few in memory. */
const chunkBytes = 64 * 1024;
/**
 * A daemon that refuses a stream answers and closes the connection, while the next chunk may be on its way. Node forgets what it has not
 * read when a write fails, so that the stream is sent again, slowly enough that the answer is read first.
 */
const maxAttempts = 4;
/** Longer answers are no answers of clamd. */
const maxAnswerBytes = 4 * 1024;

/**
 * A client of ClamAV's daemon, clamd(8), section "COMMANDS": `zPING` and `zINSTREAM`. A stream is sent in chunks, each behind its length
 * in four bytes, and ended by a length of zero. The daemon answers `stream: OK`, `stream: NAME FOUND` or, for one that is longer than its
 * `StreamMaxLength`, `INSTREAM size limit exceeded. ERROR`. One connection a command.
 */
export function createClamd(options: ClamdOptions): Scanner {
  const { address, answerMs = 2_000, idleMs = 60_000, verdictMs = 300_000 } = options;
  const times = { address, answerMs, idleMs, verdictMs };
  return {
    async scan(open) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await scanOnce(await open(), { ...times, isPaced: attempt > 1 });
        } catch (error) {
          if (!(error instanceof BrokenOff) || attempt === maxAttempts) throw error;
        }
      }
    },

    async ping() {
      const connection = await connect(address, answerMs);
      try {
        await connection.write(Buffer.from('zPING\0'), answerMs);
        const answer = await connection.answer(answerMs);
        if (answer !== 'PONG')
          throw new ScannerAway(`The scanner answers ${JSON.stringify(answer)} to PING.`);
      } finally {
        connection.close();
      }
    },
  };
}

interface Attempt extends Required<ClamdOptions> {
  readonly isPaced: boolean;
}

async function scanOnce(
  body: Readable,
  { address, answerMs, idleMs, verdictMs, isPaced }: Attempt,
): Promise<Verdict> {
  try {
    const connection = await connect(address, answerMs);
    try {
      await connection.write(Buffer.from('zINSTREAM\0'), idleMs);
      const isWhole = await send(connection, body, { idleMs, isPaced });
      const verdict = readVerdict(await connection.answer(verdictMs));
      if (isWhole || verdict.outcome !== 'clean') return verdict;
      throw new Error('the scanner calls bytes clean that it has not had');
    } finally {
      connection.close();
    }
  } finally {
    body.destroy();
  }
}

/** Sends the stream; less of it when the daemon has answered before its end. @returns whether it has all of it */
async function send(
  connection: Connection,
  body: Readable,
  { idleMs, isPaced }: Pick<Attempt, 'idleMs' | 'isPaced'>,
): Promise<boolean> {
  const idle = setTimeout(() => body.destroy(new Error('the store sends no bytes')), idleMs);
  try {
    for await (const read of body) {
      // A stream of bytes yields buffers.
      const bytes = read as Buffer;
      for (let start = 0; start < bytes.length; start += chunkBytes) {
        // An answer that is there is read before the next write.
        await (isPaced ? sleep(1) : nextTurn());
        if (connection.hasAnswered()) return false;
        const chunk = bytes.subarray(start, start + chunkBytes);
        await connection.write(Buffer.concat([lengthOf(chunk), chunk]), idleMs);
        idle.refresh();
      }
    }
  } finally {
    clearTimeout(idle);
  }
  await (isPaced ? sleep(1) : nextTurn());
  if (connection.hasAnswered()) return false;
  await connection.write(lengthOf(Buffer.alloc(0)), idleMs);
  return true;
}

function lengthOf(chunk: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(chunk.length);
  return length;
}

/** Signatures of files beyond `MaxFileSize` or `MaxScanSize`, where the daemon has `AlertExceedsMax`. */
const limitOfSize = /^Heuristics\.Limits\.Exceeded\.Max(?:File|Scan)Size/;

/** @throws Error for an answer that is no verdict */
function readVerdict(answer: string): Verdict {
  if (answer === 'stream: OK') return { outcome: 'clean' };
  const signature = /^stream: (.{1,256}) FOUND$/.exec(answer)?.[1];
  if (limitOfSize.test(signature ?? '')) return { outcome: 'too-large' };
  if (signature !== undefined) return { outcome: 'infected', signature };
  if (answer.startsWith('INSTREAM size limit exceeded')) return { outcome: 'too-large' };
  throw new Error(`the scanner answers ${JSON.stringify(answer.slice(0, 256))}`);
}

interface Connection {
  /** Whether the daemon has said anything, or has ended the connection. */
  hasAnswered(): boolean;
  /** @throws ScannerAway */
  write(bytes: Buffer, timeoutMs: number): Promise<void>;
  /** The answer up to its end, without it; what there is of it when the connection ends. @throws ScannerAway */
  answer(timeoutMs: number): Promise<string>;
  close(): void;
}

/** @throws ScannerAway */
async function connect(address: ClamdAddress, timeoutMs: number): Promise<Connection> {
  const socket = createConnection(address);
  let received = '';
  let hasEnded = false;
  let fault: Error | undefined;
  let wake: () => void = () => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    if (received.length < maxAnswerBytes) received += text;
    wake();
  });
  socket.on('error', (error) => {
    fault = error;
    wake();
  });
  socket.on('close', () => {
    hasEnded = true;
    wake();
  });
  const hasAnswered = () => hasEnded || received !== '';
  /** Waits until the condition holds; it is looked at whenever something happens on the connection. */
  const until = async (holds: () => boolean, waitMs: number): Promise<void> => {
    const deadline = performance.now() + waitMs;
    while (!holds()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new ScannerAway(`The scanner does not answer within ${waitMs} ms.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const connection: Connection = {
    hasAnswered,
    async write(bytes, waitMs) {
      let isTaken = false;
      socket.write(bytes, () => {
        isTaken = true;
        wake();
      });
      await until(() => isTaken || hasAnswered(), waitMs);
      if (!isTaken && hasEnded && received === '') throw gone(fault);
    },
    async answer(waitMs) {
      await until(() => hasEnded || received.includes('\0') || received.length >= maxAnswerBytes, waitMs);
      if (received === '') throw gone(fault);
      return received.split('\0', 1)[0]?.trim() ?? '';
    },
    close: () => void socket.destroy(),
  };
  try {
    await until(() => hasEnded || isOpen(socket), timeoutMs);
    if (hasEnded)
      throw new ScannerAway(`The scanner accepts no connection: ${fault?.message}`, { cause: fault });
    return connection;
  } catch (error) {
    socket.destroy();
    throw error;
  }

  function isOpen(opening: Socket): boolean {
    if (opening.readyState !== 'opening') return true;
    opening.once('connect', () => wake());
    return false;
  }
}

/** The daemon ended a connection that it had accepted, without an answer. */
class BrokenOff extends ScannerAway {}

function gone(fault: Error | undefined): ScannerAway {
  return new BrokenOff(
    `The scanner ended the connection${fault === undefined ? '' : `: ${fault.message}`}.`,
    {
      cause: fault,
    },
  );
}
