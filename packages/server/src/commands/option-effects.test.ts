import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { expect, it } from 'vitest';
import { optionConditions, withoutJson, withoutLogin } from './option-effects.ts';
import { createProgram } from './program.ts';

/** A program whose commands do nothing, and says whether it let a call through. */
function createParser() {
  const program = createProgram().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const silence = (command: CommandUnknownOpts) => {
    if (command.commands.length === 0) command.action(count);
    for (const each of command.commands) silence(each);
  };
  silence(program);
  return async (argv: readonly string[]) => {
    const error = await program.parseAsync(argv, { from: 'user' }).then(() => undefined, String);
    return { isAccepted: calls === 1, error };
  };
}

const commandsBelow = (command: CommandUnknownOpts): CommandUnknownOpts[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(commandsBelow);

const pathOf = (command: CommandUnknownOpts): string[] =>
  command.parent ? [...pathOf(command.parent), command.name()] : [];

const commands = commandsBelow(createProgram()).filter((command) => command.name() !== 'help');

/** Arguments of calls in which every option of a command has an effect, as far as one call can be. */
const fullCalls: Readonly<Record<string, readonly (readonly string[])[]>> = {
  put: [['x', '--recursive']],
  get: [['x']],
  sync: [
    ['.', 'bkend:x'],
    ['bkend:x', '.'],
  ],
  mv: [['x/', 'y']],
  'image-url': [['x', '--width', '1', '--height', '1']],
  'jobs run': [['reconcile']],
  import: [['supabase']],
};

/** Calls in which an option with a condition has none. */
const emptyCalls: Readonly<Record<string, readonly (readonly string[])[]>> = {
  put: [['x']],
  get: [['x', '-o', '-']],
  sync: fullCalls.sync ?? [],
  mv: [['x', 'y']],
  'image-url': [['x']],
  'jobs run': [['purge']],
  import: [['manifest.jsonl']],
};

const argumentsOf = (command: CommandUnknownOpts) =>
  command.registeredArguments
    .filter(({ required }) => required)
    .map(({ argChoices }) => argChoices?.[0] ?? 'x');

const required = (command: CommandUnknownOpts) =>
  command.options.filter(({ mandatory }) => mandatory).flatMap(wordsOf);

function wordsOf(option: Option): string[] {
  const value = option.argChoices?.[0] ?? sampleOf(option);
  return option.required ? [option.long ?? '', value] : [option.long ?? ''];
}

function sampleOf({ flags, long }: Option): string {
  if (long === '--url' || long === '--endpoint') return 'http://127.0.0.1:1';
  if (/<(instant)>/.test(flags)) return '2026-01-31';
  if (flags.includes('<duration>')) return '60';
  return /<(n|pixels|percent|bytes)>/.test(flags) ? '10' : 'x';
}

it('every condition is of an option that exists', () => {
  const known = commands.map((command) => [pathOf(command).join(' '), command] as const);
  for (const [path, conditions] of Object.entries(optionConditions)) {
    const command = new Map(known).get(path);
    const flags = command?.options.map(({ long }) => long);
    expect(flags, path).toEqual(expect.arrayContaining(Object.keys(conditions)));
  }
});

const options = commands.flatMap((command) =>
  command.options.map((option) => [pathOf(command).join(' '), option.long ?? '', command, option] as const),
);

it.each(options)(
  '%s %s is accepted where it has an effect, and else refused',
  async (path, long, command, option) => {
    const call = (words: readonly string[]) =>
      createParser()([...path.split(' '), ...words, ...required(command), ...wordsOf(option)]);
    const outcomes = await Promise.all((fullCalls[path] ?? [argumentsOf(command)]).map(call));
    expect(outcomes.map(({ error }) => error).join('\n')).not.toMatch(/unknown|invalid/i);
    expect(outcomes.some(({ isAccepted }) => isAccepted)).toBe(true);
    if (optionConditions[path]?.[long] === undefined) {
      expect(outcomes.every(({ isAccepted }) => isAccepted)).toBe(true);
      return;
    }
    const refusals = await Promise.all((emptyCalls[path] ?? []).map(call));
    const refused = refusals.filter(({ isAccepted }) => !isAccepted);
    expect(refused.length).toBeGreaterThan(0);
    for (const { error } of refused) expect(error).toContain(`${long} has no effect `);
  },
);

it.each(commands.map((command) => [pathOf(command).join(' '), command] as const))(
  '%s takes --json and --profile where they have an effect',
  async (path, command) => {
    const [name = ''] = path.split(' ');
    const words = [...path.split(' '), ...argumentsOf(command), ...required(command)];
    const json = await createParser()([...words, '--json']);
    expect(json.isAccepted).toBe(!withoutJson.has(name));
    const profile = await createParser()([...words, '--profile', 'shop']);
    expect(profile.isAccepted).toBe(!withoutLogin.has(name));
  },
);
