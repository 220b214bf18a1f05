import { Type } from 'typebox';

/** Any text: what is no file's id is answered as an unknown one. */
export const FileParameters = Type.Object({ fileId: Type.String() });

export const ShareParameters = Type.Object({
  fileId: Type.String(),
  userId: Type.String({ minLength: 1, maxLength: 255 }),
});
