import { printable, printableJson } from './printable.ts';

/** Where a command's answer goes. Standard output is for the answer and nothing else. */
export interface Output {
  /** With `--json`: one JSON object a line. */
  readonly isJson: boolean;
  /** Text of our own, as it is: a script, a banner. */
  print(text: string): void;
  /**
   * A part of the answer: the value as JSON, or what a person reads.
   * @param text one line, or several; control characters in it, line breaks too, are shown and not obeyed
   */
  show(value: object, text: string | readonly string[]): void;
}

export function createOutput(isJson: boolean): Output {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const show = (value: object, text: string | readonly string[]) =>
    print(isJson ? printableJson(value) : [text].flat().map(printable).join('\n'));
  return { isJson, print, show };
}
