import { Type } from 'typebox';

/** Any text of a length that an id could have: what is no file's id is answered as an unknown one. */
const FileId = Type.String({ maxLength: 255 });

export const FileParameters = Type.Object({ fileId: FileId });

export const ShareParameters = Type.Object({
  fileId: FileId,
  userId: Type.String({ minLength: 1, maxLength: 255 }),
});
