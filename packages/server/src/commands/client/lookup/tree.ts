import type { Output } from '../../output.ts';
import { requireStoredFolder } from '../folders/stored-folder.ts';
import { formatBytes } from '../format.ts';
import { openClient } from '../open-client.ts';
import { folderOf, pathOf } from '../remote-path.ts';

interface Branch {
  readonly folders: Map<string, Branch>;
  readonly files: { readonly name: string; readonly size: number; readonly id: string }[];
}

/** `tree`: shows a folder with everything below it. */
export async function tree(folder: string | undefined, output: Output): Promise<void> {
  const storage = await openClient();
  const root = folderOf(folder ?? '');
  const top = newBranch();
  let isEmpty = true;
  const list = storage.list({ folder: root, recursive: true, sortBy: 'originalName', sortDirection: 'asc' });
  for await (const file of list) {
    isEmpty = false;
    const { id, originalName: name, size } = file;
    if (output.isJson) output.show({ id, path: pathOf(file), size }, '');
    else branchOf(top, below(root, file.folder)).files.push({ id, name, size });
  }
  if (isEmpty) await requireStoredFolder(storage, root);
  if (output.isJson) return;
  output.show({}, root === '' ? '/' : root);
  for (const line of linesOf(top, '')) output.show({}, line);
}

const newBranch = (): Branch => ({ folders: new Map(), files: [] });

/** The names of the folders from the root of the tree to a folder. */
function below(root: string, folder: string): string[] {
  const rest = root === '' ? folder : folder.slice(root.length + 1);
  return rest === '' ? [] : rest.split('/');
}

function branchOf(top: Branch, names: readonly string[]): Branch {
  let branch = top;
  for (const name of names) {
    const next = branch.folders.get(name) ?? newBranch();
    branch.folders.set(name, next);
    branch = next;
  }
  return branch;
}

function* linesOf({ folders, files }: Branch, indent: string): Generator<string> {
  const names = new Intl.Collator('en', { numeric: true });
  const inside = [...folders].sort(([one], [other]) => names.compare(one, other));
  const count = inside.length + files.length;
  for (const [index, [name, branch]] of inside.entries()) {
    const isLast = index === count - 1;
    yield `${indent}${isLast ? '└── ' : '├── '}${name}/`;
    yield* linesOf(branch, `${indent}${isLast ? '    ' : '│   '}`);
  }
  for (const [index, { name, size }] of files.entries()) {
    yield `${indent}${inside.length + index === count - 1 ? '└── ' : '├── '}${name}  ${formatBytes(size)}`;
  }
}
