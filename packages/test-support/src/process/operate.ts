import { createProgram } from '../../../server/src/commands/program.ts';
import { parseConfig } from '../../../server/src/config/config.ts';
import { createLogger } from '../../../server/src/observability/logger.ts';

/**
 * Runs an operator's command in this process, and returns the last object that it shows. For what a test needs: a process, as
 * `readCommand` starts it, costs 400 ms of CPU.
 */
export async function operate<Answer>(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> {
  const shown = await operateAll<Answer>(words, env);
  // The caller knows what the command shows.
  return shown.at(-1) ?? ({} as Answer);
}

/** As {@link operate}, with all objects that the command shows: a line each in its output. */
export async function operateAll<Answer>(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Answer[]> {
  const shown: object[] = [];
  const context = {
    config: parseConfig(env),
    log: createLogger({ level: 'silent', role: words[0] ?? '' }),
    isJson: true,
    print: () => {},
    show(value: object) {
      shown.push(value);
    },
  };
  await createProgram(async () => context).parseAsync(words, { from: 'user' });
  // As printed and read again. The caller knows what the command shows.
  return JSON.parse(JSON.stringify(shown)) as Answer[];
}
