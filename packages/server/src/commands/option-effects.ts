import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/** A command as it was called. */
interface Call {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** An option that changes something in some calls only: in any other it is refused, rather than passed over in silence. */
interface Condition {
  /** The end of the message: `--follow-links has no effect without --recursive.` */
  readonly refusal: string;
  isMet(call: Call): boolean;
}

const isDown = ({ args: [source] }: Call) => String(source).startsWith('bkend:');
const up: Condition = {
  refusal: 'when a folder of the service is the source',
  isMet: (call) => !isDown(call),
};
const down: Condition = { refusal: 'when a folder of the service is the target', isMet: isDown };

const fromS3: Condition = {
  refusal: 'when the source is neither s3://BUCKET/PREFIX nor supabase',
  isMet: ({ args: [source] }) => /^(s3:\/\/|supabase$)/.test(String(source)),
};

/** Options with a condition, by the path of the command and the option's long name. Any other option always has an effect. */
export const optionConditions: Readonly<Record<string, Readonly<Record<string, Condition>>>> = {
  put: {
    '--follow-links': { refusal: 'without --recursive', isMet: ({ options }) => options.recursive === true },
  },
  get: {
    '--force': { refusal: 'on standard output', isMet: ({ options }) => options.output !== '-' },
  },
  sync: {
    '--permanent': up,
    '--adopt': up,
    '--visibility': up,
    '--category': up,
    '--force': down,
  },
  mv: {
    '--merge': {
      refusal: 'on a file: a folder is given as FOLDER/',
      isMet: ({ args: [path] }) => String(path).endsWith('/'),
    },
  },
  'image-url': {
    '--fit': {
      refusal: 'without both --width and --height',
      isMet: ({ options }) => options.width !== undefined && options.height !== undefined,
    },
  },
  'jobs run': {
    '--repair': {
      refusal: 'on any job but reconcile',
      isMet: ({ args: [name] }) => name === 'reconcile',
    },
  },
  import: {
    '--endpoint': fromS3,
    '--region': fromS3,
    '--database': {
      refusal: 'when the source is not supabase',
      isMet: ({ args: [source] }) => source === 'supabase',
    },
  },
};

/** Commands that use no stored login, so that `--profile` means nothing to them. */
export const withoutLogin: ReadonlySet<string> = new Set([
  ...[
    'serve',
    'projects',
    'environments',
    'keys',
    'token',
    'jobs',
    'store',
    'import',
    'export',
    'completion',
  ],
]);

/** Commands whose answer is a text for a program. */
export const withoutJson: ReadonlySet<string> = new Set(['completion', 'complete-path']);

/** Refuses options that were given to a command and have no effect in this call. The parser refuses those that it does not know. */
export function requireEffects(command: CommandUnknownOpts): void {
  const path = pathOf(command);
  const call: Call = { args: command.processedArgs, options: command.opts() };
  for (const option of command.options) {
    const condition = optionConditions[path.join(' ')]?.[option.long ?? ''];
    const isGiven = command.getOptionValueSource(option.attributeName()) === 'cli';
    if (isGiven && condition && !condition.isMet(call)) refuse(command, option.long, condition.refusal);
  }
  const { profile, json } = command.optsWithGlobals() as { profile?: string; json?: true };
  const [name = ''] = path;
  if (profile !== undefined && withoutLogin.has(name)) {
    refuse(command, '--profile', `on ${name}, which uses no login`);
  }
  if (json && withoutJson.has(name)) refuse(command, '--json', `on ${name}`);
}

function pathOf(command: CommandUnknownOpts): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

function refuse(command: CommandUnknownOpts, flag: Option['long'], refusal: string): never {
  command.error(`error: ${flag} has no effect ${refusal}.`, { code: 'commander.optionWithoutEffect' });
}
