import { UsageError } from './usage-error.ts';

/**
 * Reads settings from words such as `uploads.minFileBytes=0`. What is written as JSON is read as that, everything else is
 * text; nothing behind `=` means the default.
 * @throws UsageError naming every word that has no name and value
 */
export function readSettingWords(words: readonly string[]): Record<string, unknown> {
  const wrong = words.filter((word) => !/^[^=\s]+=/.test(word));
  if (wrong.length > 0) {
    throw new UsageError(`Give settings as name=value, not ${wrong.join(' ')}.`);
  }
  return Object.fromEntries(
    words.map((word) => {
      const end = word.indexOf('=');
      return [word.slice(0, end), readValue(word.slice(end + 1))];
    }),
  );
}

function readValue(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
