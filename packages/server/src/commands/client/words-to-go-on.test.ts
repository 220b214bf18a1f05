import { expect, test } from 'vitest';
import { wordsToGoOn } from './words-to-go-on.ts';

test('leaves out what is done, and quotes what a shell would read otherwise', () => {
  const words = ['put', 'a.jpg', "it's b.mov", '--tag', 'två', 'c.mov', '--include', '*.mov'];
  expect(wordsToGoOn(words, new Set(['a.jpg']))).toBe(
    `put 'it'\\''s b.mov' --tag 'två' c.mov --include '*.mov'`,
  );
});

test('spells out what a terminal would obey, as shells read it', () => {
  expect(wordsToGoOn(['put', "it's\n\u001b[31m\\"], new Set())).toBe("put $'it\\'s\\n\\u001b[31m\\\\'");
});
