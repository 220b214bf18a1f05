import { Option } from '@commander-js/extra-typings';
import type { OpenContext } from './command-context.ts';
import type { CommandTree } from './command-tree.ts';
import { withExample } from './command-tree.ts';
import { userId } from './option-values.ts';

/** Adds the commands that bring files in and take them out. */
export function addMovingCommands(program: CommandTree, open: OpenContext): void {
  const bringIn = program
    .command('import')
    .description(
      'import the files of a source that are not there yet, with their ids, keys, owners and dates',
    )
    .argument(
      '<source>',
      'a manifest of JSON lines; a folder that export or the published export guide has filled; s3://BUCKET/PREFIX; supabase',
    )
    .option('--project <project>', 'the project that gets the files', 'default')
    .option('--env <env>', 'its environment', 'dev')
    .option('--owner-map <file>', 'new ids of owners by the old ones: a JSON object, or CSV lines old,new')
    .option('--owner <id>', 'owner of files whose source names none; default: the service', userId)
    .addOption(
      new Option('--endpoint <url>', 'of the S3 that has the source; default: AWS').env('AWS_ENDPOINT_URL'),
    )
    .addOption(new Option('--region <region>', 'of the source').env('AWS_REGION').default('us-east-1'))
    .addOption(new Option('--database <url>', 'of Supabase').env('SUPABASE_DB_URL'))
    .option(
      '--ignore-policy',
      'take types, sizes and visibilities that the environment does not allow uploads to have',
    )
    .option('--dry-run', 'check and count, and change nothing')
    .option('--failures <file>', 'where to write what failed, and why', 'import-failures.jsonl')
    .action(async (source, options) => {
      const { runImport } = await import('./import.ts');
      await runImport(source, options, await open('import'));
    });
  withExample(bringIn, 'bkend-storage import old-files/manifest.jsonl --owner-map owners.csv');
  const takeOut = program
    .command('export')
    .description(
      'write the files of an environment into a folder that import reads; again, only what is missing',
    )
    .argument('<directory>', 'created where it is missing')
    .option('--project <project>', 'the project', 'default')
    .option('--env <env>', 'its environment', 'dev')
    .action(async (folder, options) => {
      const { runExport } = await import('./export.ts');
      await runExport(folder, options, await open('export'));
    });
  withExample(takeOut, 'bkend-storage export shop-files --project shop --env prod');
}
