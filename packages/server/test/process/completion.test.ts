import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { type Shell, shells } from '../../src/commands/completion/completion-model.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-completion-'));
  await writeFile(join(directory, 'holiday.jpg'), '');
  for (const shell of shells) {
    const { code, stdout } = await runCommand(['completion', shell], { PATH: process.env.PATH });
    expect(code).toBe(0);
    await writeFile(join(directory, shell), stdout);
  }
});
afterAll(() => rm(directory, { recursive: true }));

/** Completions of a shell when Tab is pressed after the last argument. */
const complete: Record<Shell, (argv: readonly string[]) => string[]> = {
  bash(argv) {
    const line = ['bkend-storage', ...argv].map((argument) => `'${argument}'`).join(' ');
    return run('bash', [
      '--norc',
      '-c',
      `source ./bash; COMP_WORDS=(${line}); COMP_CWORD=${argv.length}; _bkend_storage; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
  },
  // zsh completes in its line editor only: this needs a terminal, and reads the line after Enter.
  zsh(argv) {
    const script = `
      zmodload zsh/zpty
      zpty shell 'PS1= PS2= zsh -f -i -o no_beep -o no_prompt_cr'
      zpty -w shell 'stty -echo; autoload -U compinit; compinit -u -D; source ./zsh; bkend-storage() { print -r -- "<<$*>>" }'
      zpty -w shell 'print -r -- "<<rea""dy>>"'
      while zpty -r shell line; do [[ $line == *'<<ready>>'* ]] && break; done
      zpty -w -n shell $'bkend-storage ${argv.join(' ')}\\t\\n'
      while zpty -r shell line; do [[ $line == *'<<'*'>>'* ]] && { print -r -- "\${\${line##*<<}%%>>*}"; break }; done
      zpty -d shell`;
    const [line = ''] = run('zsh', ['-f', '-c', script]);
    return line
      .trim()
      .split(' ')
      .slice(argv.length - 1);
  },
  fish(argv) {
    const line = ['bkend-storage', ...argv].join(' ');
    const lines = run('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`]);
    return lines.map((each) => each.split('\t')[0] ?? '');
  },
};

function run(program: string, argv: readonly string[]): string[] {
  const options = { cwd: directory, encoding: 'utf8', timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(program, argv, options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean);
}

const isThere = (shell: Shell) => spawnSync(shell, ['--version']).status === 0;

describe.each(shells)('completion for %s', (shell) => {
  it.skipIf(!isThere(shell)).each<[string, readonly string[], string]>([
    ['a command', ['imag'], 'image-url'],
    ['a subcommand', ['keys', 'rev'], 'revoke'],
    ['a subcommand of a subcommand', ['store', 'keys', 'cre'], 'create'],
    ['an option', ['put', '--vis'], '--visibility'],
    ['an option that every command has', ['ls', '--js'], '--json'],
    ["an option's value", ['put', 'holiday.jpg', '--visibility', 'prot'], 'protected'],
    ['a value after another option', ['keys', 'create', '--name', 'ls', '--type', 'pub'], 'publishable'],
    ['a shell', ['completion', 'fi'], 'fish'],
  ])(`completes %s (skipped where there is no ${shell})`, (_, argv, completed) => {
    expect(complete[shell](argv)).toEqual([completed]);
  });

  it.skipIf(!isThere(shell) || shell === 'bash')(
    `completes files (skipped where there is no ${shell})`,
    () => {
      expect(complete[shell](['put', 'hol'])).toEqual(['holiday.jpg']);
      expect(complete[shell](['get', 'some-id', '-o', 'hol'])).toEqual(['holiday.jpg']);
      expect(complete[shell](['sync', 'hol'])).toEqual(['holiday.jpg']);
      expect(complete[shell](['import', 'hol'])).toEqual(['holiday.jpg']);
    },
  );
});

describe.skipIf(!isThere('bash'))('completion for bash', () => {
  it('suggests every command, and no subcommand of one', () => {
    const offered = complete.bash(['']);
    expect(offered).toEqual(expect.arrayContaining(['serve', 'put', 'image-url', 'doctor', 'completion']));
    expect(offered).not.toContain('revoke');
  });

  it('reads --option=value, which bash splits into three words', () => {
    expect(complete.bash(['ls', '--sort', '=', 'si'])).toEqual(['size']);
    expect(complete.bash(['ls', '--sort', '='])).toContain('originalName');
  });

  it('asks the service for the paths of its files, and of its folders', () => {
    const completed = (words: string) =>
      run('bash', [
        '--norc',
        '-c',
        `source ./bash; bkend-storage() { echo "$*"; echo 'a b/'; }; COMP_WORDS=(bkend-storage ${words}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _bkend_storage; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ]);
    expect(completed('stat trips/b')).toEqual(['complete-path --shell bash -- trips/b', 'a b/']);
    expect(completed('share trips/b')).toEqual(['complete-path --shell bash -- trips/b', 'a b/']);
    expect(completed('restore trips/b')).toEqual(['complete-path --shell bash --trash -- trips/b', 'a b/']);
    expect(completed('export tr')).toEqual([]);
    expect(completed('put x.txt --folder tr')).toEqual([
      'complete-path --shell bash --folders -- tr',
      'a b/',
    ]);
  });

  it('leaves file names to bash itself', () => {
    expect(complete.bash(['put', 'hol'])).toEqual([]);
    const [registered] = run('bash', ['--norc', '-c', 'source ./bash; complete -p bkend-storage']);
    expect(registered).toBe('complete -o default -F _bkend_storage bkend-storage');
  });
});
