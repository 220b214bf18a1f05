/** Options and arguments by the field of the API that they become. */
const words: Readonly<Record<string, string>> = {
  category: '--category',
  createdAfter: '--after',
  createdBefore: '--before',
  expiresIn: '--expires-in',
  filename: 'the name',
  folder: 'the folder',
  maxSize: '--max-size',
  'metadata.tags': '--tag',
  mimeType: '--mime',
  minSize: '--min-size',
  originalName: 'the name',
  ownerId: '--owner',
  parent: 'the folder',
  search: 'the text to search for',
  tag: '--tag',
  userId: 'the id of a user',
  visibility: '--visibility',
};

/**
 * The message of an error. That of `common/invalid-parameters` names the options and arguments that the user has typed, in place of
 * the API's fields: `--tag must have at most 64 characters.`
 */
export function inUserWords({
  message,
  details,
}: {
  readonly message: string;
  readonly details?: unknown;
}): string {
  const { issues } = (details ?? {}) as { readonly issues?: unknown };
  if (!Array.isArray(issues)) return message;
  const parts = issues.flatMap(
    ({ field, message: rule }: { readonly field?: unknown; readonly message?: unknown }) => {
      const name = String(field)
        .replace(/^(?:query|path|body)\./, '')
        .replace(/\[\d+\]$/, '');
      return `${words[name] ?? name} ${rule}`;
    },
  );
  const sentence = [...new Set(parts)].join('; ');
  return sentence === '' ? message : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
