import { categories, sortFields, visibilities } from '@bkend/storage-contract';
import { Option } from '@commander-js/extra-typings';
import type { CommandTree } from '../command-tree.ts';
import { withExample } from '../command-tree.ts';
import { collect, durationWithin, httpUrl, instant, userId, wholeNumber } from '../option-values.ts';
import type { Output } from '../output.ts';

type GetOutput = () => Output;

const fileArgument = 'its id, its key, or its folder and name';
const filesArgument = 'their ids, their keys, or their folders and names';

const imageFits = ['inside', 'cover', 'smart'] as const;
const imageFormats = ['avif', 'webp', 'jpeg', 'png', 'gif'] as const;

/** Adds the commands of users for their files, which call the API through the SDK. */
export function addClientCommands(program: CommandTree, getOutput: GetOutput): void {
  addLogin(program, getOutput);
  addTransfers(program, getOutput);
  addSync(program, getOutput);
  addLookups(program, getOutput);
  addChanges(program, getOutput);
  addUrls(program, getOutput);
  program
    .command('complete-path', { hidden: true })
    .description('list the folders and files of the service whose path begins like this')
    .argument('<beginning>', 'of a path')
    .option('--folders', 'folders only')
    .option('--trash', 'those in the trash')
    .addOption(
      new Option('--shell <shell>', 'read and write quoted words of this shell').choices(['bash'] as const),
    )
    .action(async (beginning, options) =>
      (await import('./lookup/complete-path.ts')).completePath(beginning, options, getOutput()),
    );
  const doctor = program
    .command('doctor')
    .description('check everything an app needs; show what is wrong and how to fix it')
    .action(async () => (await import('./doctor/doctor.ts')).doctor(getOutput()));
  withExample(doctor, 'bkend-storage doctor');
  const mcp = program
    .command('mcp')
    .description(
      'serve your files to an AI client by the Model Context Protocol, on standard input and output',
    )
    .action(async () => (await import('./mcp.ts')).mcp());
  withExample(mcp, 'bkend-storage mcp --profile work');
}

function addLogin(program: CommandTree, getOutput: GetOutput): void {
  const login = program
    .command('login')
    .description('store the address and the credentials; asks for what is missing')
    .option('--url <url>', 'of the API', httpUrl)
    .option('--key <key>', 'pk_… or sk_…')
    .option('--token <token>', 'an access token, which names the user')
    .action(async (options) => (await import('./login.ts')).login(options, getOutput()));
  withExample(login, 'bkend-storage login --url http://127.0.0.1:4500');
}

function addTransfers(program: CommandTree, getOutput: GetOutput): void {
  const put = program
    .command('put')
    .description('upload files')
    .argument('<file...>', 'files and pipes, with --recursive folders; - for standard input')
    .option('-r, --recursive', 'upload the files of folders, too')
    .option('--follow-links', 'with --recursive: also the files of folders behind links')
    .option('--folder <folder>', 'to put them in; of --recursive, what the folder contains')
    .option('--name <name>', 'of the only file, instead of its own')
    .addOption(new Option('--visibility <who>', 'who may read them').choices(visibilities))
    .addOption(
      new Option('--category <category>', 'instead of the one their type suggests').choices(categories),
    )
    .option('--tag <tag>', 'a tag; may be given again', collect)
    .option('--concurrency <n>', 'concurrent transfers', wholeNumber(100), 5)
    .option('--include <glob>', 'only these files, patterns as in a .gitignore; may be given again', collect)
    .option(
      '--exclude <glob>',
      'not these files and folders, patterns as in a .gitignore; may be given again',
      collect,
    )
    .option('--skip-stored', 'pass over files that are stored there already, as --recursive does')
    .option('--dry-run', 'show what would be uploaded')
    .action(async (files, options) => (await import('./put/put.ts')).put(files, options, getOutput()));
  withExample(put, 'bkend-storage put photo.jpg --visibility public --tag holiday');
  const get = program
    .command('get')
    .description('download files')
    .argument('<path...>', filesArgument)
    .option(
      '-o, --output <file>',
      'destination: a file, a folder, a device or pipe, or - for standard output',
    )
    .option('-r, --recursive', 'download folders, with everything below them')
    .option('-f, --force', 'overwrite existing files, instead of numbering the new ones')
    .action(async (ids, options) => (await import('./get/get.ts')).get(ids, options, getOutput()));
  withExample(get, 'bkend-storage get 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 -o photo.jpg');
}

function addSync(program: CommandTree, getOutput: GetOutput): void {
  const sync = program
    .command('sync')
    .description('make a folder of the service equal to a local one, or a local one equal to it')
    .argument('<source>', 'a local folder, or bkend:FOLDER')
    .argument('[target]', 'bkend:FOLDER, or a local folder')
    .option('--delete', 'delete in the target what the source does not have; last, and after no failure')
    .option('--max-delete <n>', 'delete nothing where there is more than this to delete', wholeNumber(1e9))
    .option('--permanent', 'delete stored files for good, instead of putting them into the trash')
    .option('--dry-run', 'show what would be done')
    .option('--include <glob>', 'only these files, patterns as in a .gitignore; may be given again', collect)
    .option(
      '--exclude <glob>',
      'not these files and folders, patterns as in a .gitignore; may be given again',
      collect,
    )
    .option('--exclude-from <file>', 'a file of patterns to exclude; may be given again', collect)
    .option('--checksum', 'compare contents also where size and modification time are the same')
    .option('--follow-links', 'also the files of local folders behind links')
    .option('--any-owner', 'all files that you may see, instead of your own')
    .option('--adopt', 'upwards: take over all files of an earlier version of sync')
    .option('--force', 'downwards: overwrite also files that are newer here')
    .addOption(new Option('--visibility <who>', 'who may read new files').choices(visibilities))
    .addOption(
      new Option('--category <category>', 'of new files, instead of the one their type suggests').choices(
        categories,
      ),
    )
    .option('--concurrency <n>', 'concurrent transfers', wholeNumber(100), 5)
    .action(async (source, target, options) =>
      (await import('./sync/sync.ts')).sync(source, target, options, getOutput()),
    );
  withExample(sync, 'bkend-storage sync ./site bkend:site --delete');
}

function addLookups(program: CommandTree, getOutput: GetOutput): void {
  const ls = program
    .command('ls')
    .description('list the files you may see, or the folders and files in a folder')
    .argument('[folder]', 'default: all files, in any folder')
    .option('-l, --long', 'with visibility, type, owner and key')
    .addOption(new Option('--sort <field>', 'order').choices(sortFields))
    .option('--reverse', 'in reverse order')
    .option('--mime <type>', 'only of this type, such as image/*')
    .option('--search <text>', 'only names that contain it')
    .option('--trash', 'the files in the trash, with the time at which they were put there')
    .option('--all', 'all files, not only the first hundred')
    .action(async (folder, options) => (await import('./lookup/ls.ts')).ls(folder, options, getOutput()));
  withExample(ls, "bkend-storage ls --long --mime 'image/*'");
  const stat = program
    .command('stat')
    .description('show every field of a file')
    .argument('<path>', fileArgument)
    .action(async (id) => (await import('./lookup/stat.ts')).stat(id, getOutput()));
  withExample(stat, 'bkend-storage stat 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6');
  const find = program
    .command('find')
    .description('list the files that meet all conditions')
    .argument('[folder]', 'in this folder and below it; default: everywhere')
    .option('--name <text>', 'only names that contain it')
    .option('--mime <type>', 'only of this type, such as image/*')
    .addOption(new Option('--category <category>', 'only of this category').choices(categories))
    .addOption(new Option('--visibility <who>', 'only of this visibility').choices(visibilities))
    .option('--tag <tag>', 'only with this tag')
    .option('--owner <id>', 'only of this owner', userId)
    .option('--mine', 'only your own')
    .option('--after <instant>', 'only created after it: 2026-01-31, 2026-01-31T09:00:00Z', instant)
    .option('--before <instant>', 'only created before it', instant)
    .option('--min-size <bytes>', 'only as large or larger', wholeNumber(Number.MAX_SAFE_INTEGER))
    .option('--max-size <bytes>', 'only as large or smaller', wholeNumber(Number.MAX_SAFE_INTEGER))
    .option('--paths', 'show only folder and name')
    .action(async (folder, options) => (await import('./lookup/find.ts')).find(folder, options, getOutput()));
  withExample(find, "bkend-storage find trips --mime 'image/*' --min-size 1000000");
  const tree = program
    .command('tree')
    .description('show a folder with everything below it')
    .argument('[folder]', 'default: the root')
    .action(async (folder) => (await import('./lookup/tree.ts')).tree(folder, getOutput()));
  withExample(tree, 'bkend-storage tree trips');
  const du = program
    .command('du')
    .description('show the files and bytes of folders, with everything below them')
    .argument('[folder]', 'default: the root')
    .option('--depth <n>', 'levels of folders to show', wholeNumber(32), 1)
    .action(async (folder, options) => (await import('./lookup/du.ts')).du(folder, options, getOutput()));
  withExample(du, 'bkend-storage du trips');
  const usage = program
    .command('usage')
    .description('show stored files and bytes')
    .option('--tenant', 'of all owners; for admins')
    .action(async (options) => (await import('./usage.ts')).usage(options, getOutput()));
  withExample(usage, 'bkend-storage usage');
}

function addChanges(program: CommandTree, getOutput: GetOutput): void {
  const rm = program
    .command('rm')
    .description('put files or folders into the trash, or delete them for good')
    .argument('<path...>', `${filesArgument}; with --recursive folders`)
    .option('-r, --recursive', 'folders, with everything below them')
    .option('--permanent', 'delete them for good, also from the trash, after a question')
    .option('-y, --yes', 'do not ask')
    .action(async (ids, options) => (await import('./rm.ts')).rm(ids, options, getOutput()));
  withExample(rm, 'bkend-storage rm 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6');
  const restore = program
    .command('restore')
    .description('restore files or folders from the trash')
    .argument('<trashed-path...>', `${filesArgument}; with --recursive folders`)
    .option('-r, --recursive', 'folders, with everything of them and below them that is in the trash')
    .action(async (ids, options) => (await import('./restore.ts')).restore(ids, options, getOutput()));
  withExample(restore, 'bkend-storage restore 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6');
  const trash = program.command('trash').description('empty the trash');
  const empty = trash
    .command('empty')
    .description('delete for good what is in the trash, after a question')
    .option('--tenant', 'of all owners; for admins')
    .option('-y, --yes', 'do not ask')
    .action(async (options) => (await import('./empty-trash.ts')).emptyTrash(options, getOutput()));
  withExample(empty, 'bkend-storage trash empty --yes');
  withExample(trash.showHelpAfterError(), 'bkend-storage trash empty --yes');
  const mv = program
    .command('mv')
    .description('give a file another name or folder, or a folder another path')
    .argument('<path>', `of a file ${fileArgument}; a folder as FOLDER/`)
    .argument('<new-path>', 'the new name, FOLDER/ or FOLDER/NAME; of a folder its new path')
    .option('--merge', 'put a folder together with one that exists')
    .action(async (id, name, options) =>
      (await import('./mv.ts')).mv(id, name, { ...options, output: getOutput() }),
    );
  withExample(mv, 'bkend-storage mv 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 beach.jpg');
  const share = program
    .command('share')
    .description('share a file with users')
    .argument('<path>', fileArgument)
    .argument('<user...>', 'ids of users')
    .option('-f, --force', 'also a public file, which is public no more then')
    .action(async (id, users, options) =>
      (await import('./share.ts')).share(id, users, { ...options, output: getOutput() }),
    );
  withExample(share, 'bkend-storage share 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 bob carol');
}

function addUrls(program: CommandTree, getOutput: GetOutput): void {
  const url = program
    .command('url')
    .description('presign a download URL, which works without a login until it expires')
    .argument('<path>', fileArgument)
    .addOption(
      new Option('--expires-in <duration>', 'until it expires: seconds, or such as 7d')
        .argParser(durationWithin(60, 604_800, 'a duration from 60s to 7d'))
        .default(3600, '1h'),
    )
    .option('--inline', 'shown by browsers, not saved, where its type is safe')
    .action(async (id, options) => (await import('./url.ts')).url(id, options, getOutput()));
  withExample(url, 'bkend-storage url 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 --expires-in 7d');
  const imageUrl = program
    .command('image-url')
    .description('make an image URL, signed where the file is not public')
    .argument('<path>', fileArgument)
    .option('--width <pixels>', 'at most', wholeNumber(99_999))
    .option('--height <pixels>', 'at most', wholeNumber(99_999))
    .addOption(new Option('--fit <fit>', 'how the image fills width and height').choices(imageFits))
    .option('--quality <percent>', 'of the encoder', wholeNumber(100))
    .addOption(
      new Option('--format <format>', 'instead of the best that the browser accepts').choices(imageFormats),
    )
    .action(async (key, options) => (await import('./image-url.ts')).imageUrl(key, options, getOutput()));
  withExample(
    imageUrl,
    'bkend-storage image-url 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 --width 400 --format webp',
  );
}
