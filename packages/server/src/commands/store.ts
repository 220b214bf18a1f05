import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';
import { type AccessKeys, type ListedAccessKey, openAccessKeys } from '../store/auth/manage-access-keys.ts';
import { type Finding, verifyStore } from '../store/verify/verify-store.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage-error.ts';

type Print = (line: string) => void;

/** `store keys create|list|revoke` and `store verify`: looking after the embedded object store. */
export const store: Command = async (words, { config, print }) => {
  const [name, ...rest] = words;
  if (name === 'verify') return await verify(rest, await storeDirectory(config), print);
  const [verb = '', ...options] = rest;
  const command = name === 'keys' && Object.hasOwn(keyCommands, verb) ? keyCommands[verb] : undefined;
  if (command === undefined) {
    throw new UsageError('store is followed by keys create, keys list, keys revoke or verify.');
  }
  const task = command(options);
  await using accessKeys = openAccessKeys(await storeDirectory(config));
  await task(accessKeys, print);
};

/** What is left to do once the words are understood. */
type Task = (accessKeys: AccessKeys, print: Print) => Promise<void>;

const keyCommands: Readonly<Record<string, (words: readonly string[]) => Task>> = {
  create(words) {
    const { values } = parseArgs({
      args: [...words],
      options: {
        bucket: { type: 'string' },
        'read-only': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const { bucket, json } = values;
    return async (accessKeys, print) => {
      const key = await accessKeys.create({
        isReadOnly: values['read-only'],
        ...(bucket !== undefined && { bucket }),
      });
      if (json) return print(JSON.stringify(key));
      print(`access key id      ${key.accessKeyId}`);
      print(`secret access key  ${key.secretAccessKey}`);
      print('The secret is not shown again: keep it now.');
    };
  },

  list(words) {
    const { values } = parseArgs({
      args: [...words],
      options: { json: { type: 'boolean', default: false } },
    });
    return async (accessKeys, print) => {
      for (const key of accessKeys.list()) print(values.json ? JSON.stringify(key) : describe(key));
    };
  },

  revoke(words) {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [accessKeyId, ...others] = positionals;
    if (accessKeyId === undefined || others.length > 0) {
      throw new UsageError('store keys revoke needs the access key id that store keys list shows.');
    }
    return async (accessKeys, print) => {
      if (!(await accessKeys.revoke(accessKeyId))) {
        throw new UsageError(`There is no access key ${accessKeyId}; store keys list shows them.`);
      }
      print(values.json ? JSON.stringify({ accessKeyId }) : `Revoked ${accessKeyId}.`);
    };
  },
};

async function verify(words: readonly string[], dataDir: string, print: Print): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: { repair: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const report = await verifyStore({
    dataDir,
    repair: values.repair,
    onFinding: (finding) => print(values.json ? JSON.stringify(finding) : tell(finding)),
  });
  if (values.json) print(JSON.stringify(report));
  else
    print(
      Object.entries(report)
        .map(([what, count]) => `${what} ${count}`)
        .join(', '),
    );
  if (report.missing + report.damaged > 0) throw new Error('Some objects are missing or damaged.');
}

function describe({ accessKeyId, createdAt, bucket, isReadOnly }: ListedAccessKey): string {
  const what = isReadOnly ? 'reads' : 'reads and writes';
  return [accessKeyId, what, bucket ?? 'all buckets', createdAt.toISOString()].join('  ');
}

function tell(finding: Finding): string {
  if (finding.kind === 'unreferenced') return `unreferenced: ${finding.problem}`;
  return `${finding.kind}: ${[finding.bucket, finding.key].filter(Boolean).join('/')}: ${finding.problem}`;
}

async function storeDirectory({ objects, dataDir }: Config): Promise<string> {
  if (objects.kind !== 'embedded') {
    throw new UsageError('The S3_… variables name another object store, so there is no embedded one.');
  }
  const directory = join(dataDir, 'objects');
  const isThere = await access(join(directory, 'format')).then(
    () => true,
    () => false,
  );
  if (!isThere) throw new Error(`There is no store in ${directory} yet; "bkend-storage serve" makes it.`);
  return directory;
}
