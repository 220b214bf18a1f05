import { expect, test } from 'vitest';
import { resumeCommand } from './resume-command.ts';

test('the resume command leaves out the files that are done, and quotes what a shell would interpret', () => {
  const argv = ['put', 'a.jpg', "it's b.mov", '--tag', 'två', 'c.mov', '--include', '*.mov'];
  expect(resumeCommand(argv, new Set(['a.jpg']))).toBe(
    `put 'it'\\''s b.mov' --tag 'två' c.mov --include '*.mov'`,
  );
});

test('the resume command escapes control characters, in a form that shells read', () => {
  expect(resumeCommand(['put', "it's\n\u001b[31m\\"], new Set())).toBe("put $'it\\'s\\n\\u001b[31m\\\\'");
});
