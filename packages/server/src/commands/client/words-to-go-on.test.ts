import { expect, test } from 'vitest';
import { wordsToGoOn } from './words-to-go-on.ts';

test('leaves out what is done, and quotes what a shell would read otherwise', () => {
  const words = ['put', 'a.jpg', "it's b.mov", '--tag', 'två', 'c.mov', '--include', '*.mov'];
  expect(wordsToGoOn(words, new Set(['a.jpg']))).toBe(
    `put 'it'\\''s b.mov' --tag 'två' c.mov --include '*.mov'`,
  );
});
