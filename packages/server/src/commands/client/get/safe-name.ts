const maxNameBytes = 255;

/** Separators, control characters and direction overrides: part of no name on any system. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const unsafe = /[/\\\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
/** Windows, "Naming Files, Paths, and Namespaces": characters, device names (with any extension), and ends of names. */
const unsafeOnWindows = /[<>:"|?*]/g;
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\s*(\.|$))/i;
const windowsEnd = /[. ]+$/;

/**
 * Makes an untrusted name the name of one file in one folder: characters that a name cannot have become `_`. A leading dot stays,
 * because no existing file is overwritten.
 * @param platform whose rules apply, as `process.platform`
 */
export function safeName(name: string, platform: string = process.platform): string {
  let safe = name.toWellFormed().replace(unsafe, '_');
  if (platform === 'win32') {
    safe = safe.replace(unsafeOnWindows, '_').replace(windowsDevice, '$1_').replace(windowsEnd, '_');
  }
  if (/^\.{0,2}$/.test(safe)) safe = `_${safe}`;
  return numberedName(safe, 0);
}

/**
 * `report (2).pdf`; with 0 the name itself.
 * @returns at most 255 bytes of UTF-8: a longer name is cut before its extension
 */
export function numberedName(name: string, number: number): string {
  const found = /^(.+?)((?:\.tar)?\.[^.\s]{1,32})$/su.exec(name);
  const [stem, extension] = found ? [found[1] ?? '', found[2] ?? ''] : [name, ''];
  const end = `${number > 0 ? ` (${number})` : ''}${extension}`;
  return `${cut(stem, maxNameBytes - Buffer.byteLength(end))}${end}`;
}

/** The longest prefix of whole characters that fits. */
function cut(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
