import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import type { StoredFile } from '@bkend/storage';
import type { Command, CommandContext } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { UsageError } from '../usage-error.ts';
import { findFile, openClient } from './open-client.ts';
import { complain, formatBytes, formatTable, PartlyFailedError } from './output.ts';
import { oneOf } from './vocabulary-options.ts';

const json = { type: 'boolean', default: false } as const;

/** `stat ID|KEY [--json]`: everything about a file. */
export const stat: Command = async (words, context) => {
  const { values, positionals } = parseArgs({ args: [...words], options: { json }, allowPositionals: true });
  const [idOrKey] = needs(positionals, 1, 'stat is followed by the id or key of a file.');
  showRecord(await findFile(await openClient(), idOrKey), values.json, context);
};

/** `rm ID|KEY… [--yes] [--json]`: deletes files, after asking. */
export const rm: Command = async (words, { print }) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { json, yes: { type: 'boolean', short: 'y', default: false } },
    allowPositionals: true,
  });
  needs(positionals, 1, 'rm is followed by the ids or keys of the files to delete.');
  if (!values.yes && !(await isConfirmed(`Delete ${positionals.length} file(s)?`))) return;
  const storage = await openClient();
  let failed = 0;
  for (const idOrKey of positionals) {
    try {
      const { id } = idOrKey.includes('/') ? await findFile(storage, idOrKey) : { id: idOrKey };
      await storage.delete(id);
      print(values.json ? JSON.stringify({ id, deleted: true }) : `deleted ${id}`);
    } catch (error) {
      failed += 1;
      complain(idOrKey, error);
    }
  }
  if (failed > 0) throw new PartlyFailedError();
};

/** `mv ID|KEY NAME [--json]`: gives a file another name. */
export const mv: Command = async (words, context) => {
  const { values, positionals } = parseArgs({ args: [...words], options: { json }, allowPositionals: true });
  const [idOrKey, originalName = ''] = needs(
    positionals,
    2,
    'mv is followed by the id or key of a file, and its new name.',
  );
  const storage = await openClient();
  const { id } = await findFile(storage, idOrKey);
  const file = await storage.update(id, { originalName });
  context.print(values.json ? JSON.stringify(file) : `${file.id}  ${file.originalName}`);
};

/** `share ID|KEY USER… [--json]`: makes a file `shared`, for these users too. */
export const share: Command = async (words, { print }) => {
  const { values, positionals } = parseArgs({ args: [...words], options: { json }, allowPositionals: true });
  const [idOrKey, ...users] = needs(
    positionals,
    2,
    'share is followed by the id or key of a file, and the users it is for.',
  );
  const storage = await openClient();
  const { id, visibility } = await findFile(storage, idOrKey);
  const sharedWith = await storage.share(id, users);
  if (visibility !== 'shared') await storage.update(id, { visibility: 'shared' });
  print(values.json ? JSON.stringify({ id, sharedWith }) : `${id} is shared with ${sharedWith.join(', ')}`);
};

/** `url ID|KEY [--expires-in 1h] [--inline] [--json]`: where anybody may download a file for that time. */
export const url: Command = async (words, { print }) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      json,
      'expires-in': { type: 'string', default: '1h' },
      inline: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [idOrKey] = needs(positionals, 1, 'url is followed by the id or key of a file.');
  const expiresIn = parseDuration(values['expires-in'], '--expires-in');
  const storage = await openClient();
  const { id } = await findFile(storage, idOrKey);
  const link = await storage.downloadUrl(id, {
    expiresIn,
    disposition: values.inline ? 'inline' : 'attachment',
  });
  print(values.json ? JSON.stringify(link) : link.url);
};

const fits = ['inside', 'cover', 'smart'] as const;
const formats = ['avif', 'webp', 'jpeg', 'png', 'gif'] as const;

/** `image-url ID|KEY [--width N --height N --fit F --quality N --format F]`: where an image is shown, resized. */
export const imageUrl: Command = async (words, { print }) => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { json, width: text, height: text, fit: text, quality: text, format: text },
    allowPositionals: true,
  });
  const [idOrKey] = needs(positionals, 1, 'image-url is followed by the id or key of an image.');
  const number = (name: 'width' | 'height' | 'quality') => {
    const given = values[name];
    if (given === undefined) return {};
    if (!/^[1-9]\d{0,4}$/.test(given)) throw new UsageError(`--${name} is a whole number.`);
    return { [name]: Number(given) };
  };
  const options = {
    ...number('width'),
    ...number('height'),
    ...number('quality'),
    ...(values.fit !== undefined && { fit: oneOf(values.fit, fits, '--fit') }),
    ...(values.format !== undefined && { format: oneOf(values.format, formats, '--format') }),
  };
  const storage = await openClient();
  const file = await findFile(storage, idOrKey);
  const isPublic = file.visibility === 'public';
  const address = isPublic
    ? storage.imageUrl(file, options)
    : (await storage.signedImageUrl(file.id, options)).url;
  print(values.json ? JSON.stringify({ id: file.id, url: address }) : address);
};

/** `usage [--tenant] [--json]`: how much is stored. */
export const usage: Command = async (words, { print }) => {
  const { values } = parseArgs({
    args: [...words],
    options: { json, tenant: { type: 'boolean', default: false } },
  });
  const storage = await openClient();
  const answer = await storage.usage(values.tenant ? 'tenant' : undefined);
  if (values.json) return print(JSON.stringify(answer));
  const groups = { ...answer.byCategory, ...answer.byVisibility };
  const rows = Object.entries(groups).filter(([, { files }]) => files > 0);
  const table = [['total', answer] as const, ...rows].map(([name, { files, bytes }]) => [
    name,
    files,
    formatBytes(bytes).padStart(8),
  ]);
  for (const line of formatTable(table)) print(line);
};

function needs(words: readonly string[], count: number, message: string): [string, ...string[]] {
  const [first, ...rest] = words;
  if (first === undefined || words.length < count) throw new UsageError(message);
  return [first, ...rest];
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('rm asks first; where nobody can answer, say --yes.');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await prompt.question(`${question} [y/N] `));
  } finally {
    prompt.close();
  }
}

function showRecord(file: StoredFile, isJson: boolean, { print }: CommandContext): void {
  if (isJson) {
    print(JSON.stringify(file));
    return;
  }
  const rows = Object.entries(file).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  for (const line of formatTable(rows)) print(line);
}
