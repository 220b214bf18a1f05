import { printable, printableJson } from './printable.ts';

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
