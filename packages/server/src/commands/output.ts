/** Where a command's answer goes. Standard output is for the answer and nothing else. */
export interface Output {
  /** With `--json`: one JSON object a line. */
  readonly isJson: boolean;
  /** A line that is the answer itself, in either form. */
  print(line: string): void;
  /** A part of the answer: the value as JSON, or what a person reads. */
  show(value: object, text: string): void;
}

export function createOutput(isJson: boolean): Output {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  return { isJson, print, show: (value, text) => print(isJson ? JSON.stringify(value) : text) };
}
