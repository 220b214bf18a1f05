import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shell, shells } from '../../src/commands/completion/shells.ts';
import { runCommand } from '../support/command-line.ts';

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

/** What a shell makes of the words when Tab is pressed behind the last. */
const complete: Record<Shell, (words: readonly string[]) => string[]> = {
  bash(words) {
    const line = ['bkend-storage', ...words].map((word) => `'${word}'`).join(' ');
    return run('bash', [
      '--norc',
      '-c',
      `source ./bash; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _bkend_storage; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]);
  },
  // Its completion lives in the line editor alone: a terminal is needed, and what stands in the line when Enter is pressed.
  zsh(words) {
    const script = `
      zmodload zsh/zpty
      zpty shell 'PS1= PS2= zsh -f -i -o no_beep -o no_prompt_cr'
      zpty -w shell 'stty -echo; autoload -U compinit; compinit -u -D; source ./zsh; bkend-storage() { print -r -- "<<$*>>" }'
      zpty -w shell 'print -r -- "<<rea""dy>>"'
      while zpty -r shell line; do [[ $line == *'<<ready>>'* ]] && break; done
      zpty -w -n shell $'bkend-storage ${words.join(' ')}\\t\\n'
      while zpty -r shell line; do [[ $line == *'<<'*'>>'* ]] && { print -r -- "\${\${line##*<<}%%>>*}"; break }; done
      zpty -d shell`;
    const [line = ''] = run('zsh', ['-f', '-c', script]);
    return line
      .trim()
      .split(' ')
      .slice(words.length - 1);
  },
  fish(words) {
    const line = ['bkend-storage', ...words].join(' ');
    const lines = run('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`]);
    return lines.map((each) => each.split('\t')[0] ?? '');
  },
};

function run(program: string, words: readonly string[]): string[] {
  const options = { cwd: directory, encoding: 'utf8', timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(program, words, options);
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
  ])(`completes %s (skipped where there is no ${shell})`, (_, words, completed) => {
    expect(complete[shell](words)).toEqual([completed]);
  });

  it.skipIf(!isThere(shell) || shell === 'bash')(
    `completes files (skipped where there is no ${shell})`,
    () => {
      expect(complete[shell](['put', 'hol'])).toEqual(['holiday.jpg']);
      expect(complete[shell](['get', 'some-id', '-o', 'hol'])).toEqual(['holiday.jpg']);
    },
  );
});

describe.skipIf(!isThere('bash'))('completion for bash', () => {
  it('offers every command, and nothing of another one', () => {
    const offered = complete.bash(['']);
    expect(offered).toEqual(expect.arrayContaining(['serve', 'put', 'image-url', 'doctor', 'completion']));
    expect(offered).not.toContain('revoke');
  });

  it('reads --option=value, which bash takes for three words', () => {
    expect(complete.bash(['ls', '--sort', '=', 'si'])).toEqual(['size']);
    expect(complete.bash(['ls', '--sort', '='])).toContain('originalName');
  });

  it('leaves the names of files to bash itself', () => {
    expect(complete.bash(['put', 'hol'])).toEqual([]);
    const [registered] = run('bash', ['--norc', '-c', 'source ./bash; complete -p bkend-storage']);
    expect(registered).toBe('complete -o default -F _bkend_storage bkend-storage');
  });
});
