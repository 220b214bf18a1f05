import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The command as it is installed. */
export const binary = join(import.meta.dirname, '../../../server/bin/bkend-storage.js');

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bkend-storage` with these words to its end. */
export async function runCommand(words: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  const child = spawn(process.execPath, [binary, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** Runs a command that must succeed, and reads the JSON that it prints. */
export async function readCommand<Answer>(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> {
  const { code, stdout, stderr } = await runCommand([...words, '--json'], env);
  if (code !== 0) throw new Error(`bkend-storage ${words.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  // The caller knows what the command prints.
  return JSON.parse(stdout) as Answer;
}
