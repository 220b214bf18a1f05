/** Output of a command's answer. Standard output has the answer and nothing else. */
export interface Output {
  /** With `--json`: one JSON object a line. */
  readonly isJson: boolean;
  /** Prints text of our own unchanged: a script, a banner. */
  print(text: string): void;
  /**
   * Shows a part of the answer: the value as JSON, or else the text.
   * @param text one line, or several; control characters in it, line breaks included, are escaped
   */
  show(value: object, text: string | readonly string[]): void;
}

export function createOutput(isJson: boolean): Output {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const show = (value: object, text: string | readonly string[]) =>
    print(isJson ? printableJson(value) : [text].flat().map(printable).join('\n'));
  return { isJson, print, show };
}

/**
 * Characters that could move the cursor, colour the screen, or make a line read as another: C0, DEL and C1 (ECMA-48), line and
 * paragraph separators, and direction marks, overrides and isolates (Unicode TR 36, section 3.5).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text as one line, with control characters escaped: `new\nline`, `\u001b[31mred`. */
export function printable(text: string): string {
  return text.replace(unprintable, (found) => short[found] ?? escaped(found));
}

/** A value as one line of JSON with the same meaning: JSON.stringify does not escape DEL, C1 and direction characters. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
