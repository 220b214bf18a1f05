import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InterruptedError } from './output.ts';

/**
 * Asks the user at the terminal.
 * @param options.isSecret what is typed is not shown
 * @throws InterruptedError on Ctrl-C
 */
export async function prompt(question: string, { isSecret = false } = {}): Promise<string> {
  const terminal = createInterface({
    input: process.stdin,
    // The terminal itself echoes nothing while a line is edited here; what is written instead goes nowhere.
    output: isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr,
    terminal: process.stdin.isTTY,
  });
  const gone = new AbortController();
  terminal.once('close', () => gone.abort());
  try {
    if (isSecret) process.stderr.write(question);
    return await terminal.question(isSecret ? '' : question, { signal: gone.signal });
  } catch {
    throw new InterruptedError('');
  } finally {
    if (isSecret) process.stderr.write('\n');
    terminal.close();
  }
}
