/** A word of a bash command line, as far as it is typed. */
interface TypedWord {
  /** The text that the shell reads. */
  readonly text: string;
  /** The quotation mark that is still open at its end. */
  readonly quote: '' | "'" | '"';
}

/** Reads the word at the cursor (Bash Reference Manual, "Quoting"). Nothing in it is expanded. */
export function readBashWord(typed: string): TypedWord {
  let text = '';
  let quote: TypedWord['quote'] = '';
  for (let index = 0; index < typed.length; index++) {
    const character = typed.charAt(index);
    if (character === quote) quote = '';
    else if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (character === '\\' && quote !== "'") {
      const next = typed.charAt(index + 1);
      const isKept = quote === '"' && !/^[$`"\\]/.test(next);
      if (isKept) text += character;
      else {
        text += next;
        index += 1;
      }
    } else text += character;
  }
  return { text, quote };
}

/**
 * Writes a text so that bash reads exactly it, after the quotation mark that the user has typed. Bash closes an open one.
 * @returns undefined for a text with a control character, which cannot be typed
 */
export function writeBashWord(text: string, quote: TypedWord['quote']): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return undefined;
  if (quote === "'") return text.replaceAll("'", "'\\''");
  // History expansion acts in double quotes, where a backslash before `!` stays.
  if (quote === '"') return text.replace(/[$`"\\]/g, '\\$&').replaceAll('!', `"'!'"`);
  // A backslash also keeps `:` and `=` from dividing the word for completion.
  return text.replace(/[\u0020-\u007e]/g, (character) =>
    /[A-Za-z0-9._/-]/.test(character) ? character : `\\${character}`,
  );
}
