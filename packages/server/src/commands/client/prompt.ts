import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InterruptedError } from '../command-errors.ts';

/** Asks the user at the terminal, and takes `y` and `yes` for yes. @throws InterruptedError on Ctrl-C */
export async function isConfirmed(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await prompt(`${question} [y/N] `));
}

/**
 * Asks the user at the terminal.
 * @param options.isSecret typed characters are not shown
 * @throws InterruptedError on Ctrl-C
 */
export async function prompt(question: string, { isSecret = false } = {}): Promise<string> {
  const terminal = createInterface({
    input: process.stdin,
    // Readline edits the line and echoes to its output: a secret is echoed to a stream that drops it.
    output: isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr,
    terminal: process.stdin.isTTY,
  });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  try {
    if (isSecret) process.stderr.write(question);
    return await terminal.question(isSecret ? '' : question, { signal: closed.signal });
  } catch {
    throw new InterruptedError('');
  } finally {
    if (isSecret) process.stderr.write('\n');
    terminal.close();
  }
}
