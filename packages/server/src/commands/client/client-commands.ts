import { categories, sortFields, visibilities } from '@bkend/storage-contract';
import { Option } from '@commander-js/extra-typings';
import type { CommandTree } from '../command-tree.ts';
import { withExample } from '../example.ts';
import { collect, duration, wholeNumber } from '../option-values.ts';
import type { Output } from '../output.ts';

type GetOutput = () => Output;

const imageFits = ['inside', 'cover', 'smart'] as const;
const imageFormats = ['avif', 'webp', 'jpeg', 'png', 'gif'] as const;

/** What users do with their files; each over the client, as anybody could. */
export function addClientCommands(program: CommandTree, getOutput: GetOutput): void {
  addLogin(program, getOutput);
  addTransfers(program, getOutput);
  addLookups(program, getOutput);
  addChanges(program, getOutput);
  addAddresses(program, getOutput);
  const doctor = program
    .command('doctor')
    .description('try everything an app needs; say what is wrong and how to mend it')
    .action(async () => (await import('./doctor.ts')).doctor(getOutput()));
  withExample(doctor, 'bkend-storage doctor');
}

function addLogin(program: CommandTree, getOutput: GetOutput): void {
  const login = program
    .command('login')
    .description('remember where your files are; asks for what is missing')
    .option('--url <url>', 'of the API')
    .option('--key <key>', 'pk_… or sk_…')
    .option('--token <token>', 'an access token: whose files they are')
    .action(async (options) => (await import('./login.ts')).login(options, getOutput()));
  withExample(login, 'bkend-storage login --url http://127.0.0.1:4500');
}

function addTransfers(program: CommandTree, getOutput: GetOutput): void {
  const put = program
    .command('put')
    .description('upload files')
    .argument('<file...>', 'files and pipes, with --recursive folders; - for standard input')
    .option('-r, --recursive', 'upload what is in folders, too')
    .option('--follow-links', 'with --recursive: also what is in folders behind links')
    .option('--name <name>', 'of the one file, instead of its own')
    .addOption(new Option('--visibility <who>', 'who may read them').choices(visibilities))
    .addOption(
      new Option('--category <category>', 'instead of the one their type suggests').choices(categories),
    )
    .option('--tag <tag>', 'a tag; may be given again', collect)
    .option('--concurrency <n>', 'transfers at once', wholeNumber(100), 5)
    .option('--include <glob>', 'only such files, as in a .gitignore; may be given again', collect)
    .option('--exclude <glob>', 'no such files or folders, as in a .gitignore; may be given again', collect)
    .option('--dry-run', 'only say what would be uploaded')
    .action(async (files, options) => (await import('./put.ts')).put(files, options, getOutput()));
  withExample(put, 'bkend-storage put photo.jpg --visibility public --tag holiday');
  const get = program
    .command('get')
    .description('download files')
    .argument('<id...>', 'their ids or keys')
    .option('-o, --output <file>', 'where to: a file, a folder, a device or pipe, or - for standard output')
    .option('-f, --force', 'overwrite files that are there, instead of numbering the new ones')
    .action(async (ids, options) => (await import('./get.ts')).get(ids, options, getOutput()));
  withExample(get, 'bkend-storage get 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 -o photo.jpg');
  const sync = program
    .command('sync')
    .description('upload what is new in a folder or has changed')
    .argument('<folder>', 'the folder; its folders become tags, and categories where they are named so')
    .option('--delete', 'delete what is no longer in the folder')
    .option('--dry-run', 'only say what would be done')
    .action(async (folder, options) => (await import('./sync.ts')).sync(folder, options, getOutput()));
  withExample(sync, 'bkend-storage sync ./site --delete');
}

function addLookups(program: CommandTree, getOutput: GetOutput): void {
  const ls = program
    .command('ls')
    .description('list the files you may see')
    .option('-l, --long', 'with visibility, type, owner and key')
    .addOption(new Option('--sort <field>', 'by what').choices(sortFields).default('createdAt' as const))
    .option('--reverse', 'the other way round')
    .option('--mime <type>', 'only of this type, such as image/*')
    .option('--search <text>', 'only with this in the name')
    .option('--all', 'all of them, not only the first hundred')
    .action(async (options) => (await import('./ls.ts')).ls(options, getOutput()));
  withExample(ls, "bkend-storage ls --long --mime 'image/*'");
  const stat = program
    .command('stat')
    .description('show everything about a file')
    .argument('<id>', 'its id or key')
    .action(async (id) => (await import('./file-commands.ts')).stat(id, getOutput()));
  withExample(stat, 'bkend-storage stat 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6');
  const usage = program
    .command('usage')
    .description('show how much is stored')
    .option('--tenant', 'by everybody; for admins')
    .action(async (options) => (await import('./file-commands.ts')).usage(options, getOutput()));
  withExample(usage, 'bkend-storage usage');
}

function addChanges(program: CommandTree, getOutput: GetOutput): void {
  const rm = program
    .command('rm')
    .description('delete files, after asking')
    .argument('<id...>', 'their ids or keys')
    .option('-y, --yes', 'do not ask')
    .action(async (ids, options) => (await import('./rm.ts')).rm(ids, options, getOutput()));
  withExample(rm, 'bkend-storage rm 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 --yes');
  const mv = program
    .command('mv')
    .description('give a file another name')
    .argument('<id>', 'its id or key')
    .argument('<name>', 'the new name')
    .action(async (id, name) => (await import('./file-commands.ts')).mv(id, name, getOutput()));
  withExample(mv, 'bkend-storage mv 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 beach.jpg');
  const share = program
    .command('share')
    .description('share a file with users')
    .argument('<id>', 'its id or key')
    .argument('<user...>', 'whom it is for')
    .action(async (id, users) => (await import('./file-commands.ts')).share(id, users, getOutput()));
  withExample(share, 'bkend-storage share 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 bob carol');
}

function addAddresses(program: CommandTree, getOutput: GetOutput): void {
  const url = program
    .command('url')
    .description('make a URL where anybody may download a file for some time')
    .argument('<id>', 'its id or key')
    .option('--expires-in <duration>', 'how long', duration, 3600)
    .option('--inline', 'to be shown, not saved, where its type is safe')
    .action(async (id, options) => (await import('./file-commands.ts')).url(id, options, getOutput()));
  withExample(url, 'bkend-storage url 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 --expires-in 7d');
  const imageUrl = program
    .command('image-url')
    .description('make the URL of an image, resized')
    .argument('<key>', 'its id or key')
    .option('--width <pixels>', 'at most', wholeNumber(99_999))
    .option('--height <pixels>', 'at most', wholeNumber(99_999))
    .addOption(new Option('--fit <fit>', 'how it fills width and height').choices(imageFits))
    .option('--quality <percent>', 'of the encoder', wholeNumber(100))
    .addOption(new Option('--format <format>', 'instead of the best the browser takes').choices(imageFormats))
    .action(async (key, options) => (await import('./file-commands.ts')).imageUrl(key, options, getOutput()));
  withExample(
    imageUrl,
    'bkend-storage image-url 0199e1a2-3b4c-7d5e-8f60-718293a4b5c6 --width 400 --format webp',
  );
}
