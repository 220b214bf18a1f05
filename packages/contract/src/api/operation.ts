import { type Static, Type } from 'typebox';
import { folderLimits } from '../limits.ts';
import { Instant, RequestText } from './field-schemas.ts';

/** Query of `DELETE /v1/folders/{path}`. */
export const DeleteFolderQuery = Type.Object({
  trash: Type.Optional(
    Type.Boolean({
      description: '`true`: puts the files into the trash. Default: they are deleted for good.',
    }),
  ),
});
export type DeleteFolderQuery = Static<typeof DeleteFolderQuery>;

/** Body of `POST /v1/folders/move`. */
export const MoveFolderRequest = Type.Object({
  from: RequestText({ description: 'Path of the folder, `trips/2026`.' }),
  to: RequestText({
    description: `Path that it gets, at most ${folderLimits.bytes} bytes of UTF-8. It neither lies in \`from\` nor holds it.`,
  }),
});
export type MoveFolderRequest = Static<typeof MoveFolderRequest>;

/** Answer of what goes on in the background. */
export const OperationStarted = Type.Object({
  operationId: Type.String({ description: 'For `GET /v1/operations/:operationId`.' }),
});
export type OperationStarted = Static<typeof OperationStarted>;

/** How far an operation is. */
export const OperationView = Type.Object({
  id: Type.String(),
  state: Type.Enum(['running', 'done', 'failed'], {
    type: 'string',
    description: '`failed`: it was given up after repeated failures; what is done stays done.',
  }),
  done: Type.Integer({ description: 'Number of files that were changed.' }),
  failed: Type.Integer({
    description: 'Number of files that cannot be changed and stay as they are; known at the end.',
  }),
  total: Type.Integer({
    description: 'Number of files at the start. Those that others removed meanwhile are in no other number.',
  }),
  createdAt: Instant,
});
export type OperationView = Static<typeof OperationView>;
