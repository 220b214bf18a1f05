import type { Output } from '../output.ts';
import { findFile } from './find-file.ts';
import { type MoveFolderOptions, moveFolder } from './folders/move-folder.ts';
import { openClient } from './open-client.ts';
import { pathOf, remotePrefix, splitPath } from './remote-path.ts';

/**
 * `mv`: gives a file another name, another folder, or both: `beach.jpg`, `trips/`, `trips/beach.jpg`, `/beach.jpg`; or a folder,
 * `trips/`, another path.
 */
export async function mv(
  reference: string,
  target: string,
  { output, ...options }: MoveFolderOptions & { readonly output: Output },
): Promise<void> {
  if (reference.endsWith('/')) return moveFolder(reference, target, { ...options, output });
  const storage = await openClient();
  const { id } = await findFile(storage, reference, { ifFolder: `give a folder as ${reference}/` });
  const { folder, name } = splitPath(target);
  const hasFolder = target.includes('/') || target.startsWith(remotePrefix);
  const file = await storage.update(id, {
    ...(name !== '' && { originalName: name }),
    ...(hasFolder && { folder }),
  });
  output.show(file, `${file.id}  ${pathOf(file)}`);
}
