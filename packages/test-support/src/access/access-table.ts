import type { Visibility } from '@bkend/storage-contract';

/** Everyone the access table has a column for. `named user`: the file's `sharedWith` names them. */
export type AccessCaller = 'owner' | 'admin' | 'another user' | 'named user' | 'guest';

/** All fields come with the right to change, share and delete; `403` hides the file. */
export type AccessAnswer = 'all fields' | 'public fields' | '403';

/** The access table of `docs/http-api.md`: fields of a file by visibility and caller. */
const table = `
| visibility  | owner      | admin      | another user  | named user    | guest         |
| private     | all fields | all fields | 403           | 403           | 403           |
| protected   | all fields | all fields | public fields | public fields | 403           |
| shared      | all fields | all fields | 403           | public fields | 403           |
| public      | all fields | all fields | public fields | public fields | public fields |
`;

const [[, ...callers] = [], ...rows] = table
  .trim()
  .split('\n')
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** One row a cell: visibility, caller, answer. */
export const accessCells = rows.flatMap(([visibility, ...answers]) =>
  answers.map(
    (answer, column) =>
      // The words of the table above are exactly those of the types.
      [visibility as Visibility, callers[column] as AccessCaller, answer as AccessAnswer] as const,
  ),
);

/** The visibilities at which a caller may read a file. */
export function readableBy(caller: AccessCaller): Visibility[] {
  return accessCells
    .filter(([, of, answer]) => of === caller && answer !== '403')
    .map(([visibility]) => visibility);
}

/** Metadata with every field that there is. */
export const fullMetadata = {
  category: 'profile',
  tags: ['a'],
  description: 'd',
  alt: 'x',
  relatedEntityId: 'post-1',
  custom: { inner: true },
};

const publicFields = [
  ...[
    'category',
    'createdAt',
    'etag',
    'folder',
    'height',
    'id',
    'key',
    'metadata',
    'mimeType',
    'originalName',
  ],
  ...['permissions', 's3Key', 'size', 'updatedAt', 'version', 'visibility', 'width'],
];

/** Fields that only the owner and admins see. */
export const ownFields = ['bucket', 'ownerId', 'ownerType', 'sharedWith'];

/** The names, sorted, of all fields of a file with `fullMetadata`, a width and a height, as such an answer shows it. */
export function fieldsOf(visibility: Visibility, answer: AccessAnswer) {
  const isWhole = answer === 'all fields';
  const url = visibility === 'public' ? ['url'] : [];
  const ownMetadata = isWhole ? ['custom', 'relatedEntityId'] : [];
  return {
    file: [...publicFields, ...url, ...(isWhole ? ownFields : [])].sort(),
    metadata: ['alt', 'category', 'description', 'tags', ...ownMetadata].sort(),
  };
}
