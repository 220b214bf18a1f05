import { createInterface } from 'node:readline/promises';
import { InterruptedError } from './output.ts';

/** Asks whoever sits at the terminal. @throws InterruptedError when they press Ctrl-C instead */
export async function prompt(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  terminal.once('close', () => gone.abort());
  try {
    return await terminal.question(question, { signal: gone.signal });
  } catch {
    throw new InterruptedError('');
  } finally {
    terminal.close();
  }
}
