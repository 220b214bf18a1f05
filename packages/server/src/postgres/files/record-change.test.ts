import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../..');

/** Who may write each table; whatever else changes files goes through `record-change.ts`. */
const writers: Readonly<Record<string, readonly string[]>> = {
  files: ['postgres/files/record-change.ts'],
  versions: ['postgres/files/record-change.ts'],
  shares: ['postgres/files/record-change.ts'],
  events: ['postgres/events/recording-events.ts'],
  event_readers: ['postgres/events/recording-events.ts'],
  // Folding moves deltas into totals.
  usage_deltas: ['postgres/files/record-change.ts', 'postgres/usage/usage-ledger.ts'],
  usage_totals: ['postgres/usage/usage-ledger.ts'],
  // Folding adds deltas, and removes what comes to nothing; rebuilding counts again.
  folder_totals: [
    'postgres/usage/counted.ts',
    'postgres/usage/usage-ledger.ts',
    'postgres/usage/rebuild-totals.ts',
  ],
  facet_totals: [
    'postgres/usage/counted.ts',
    'postgres/usage/usage-ledger.ts',
    'postgres/usage/rebuild-totals.ts',
  ],
  purges: [
    'postgres/outbox/queue-purges.ts',
    // They make a purge due earlier, or cancel it.
    'postgres/files/record-change.ts',
    'postgres/uploads/take-upload.ts',
    'postgres/files/seal-files.ts',
    'postgres/uploads/claim-upload.ts',
    // It claims, retries and finishes purges.
    'postgres/outbox/purge-outbox.ts',
    // Bytes that are imported are queued for their purge until their file is recorded.
    'postgres/uploads/import-files.ts',
  ],
};

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(source, { recursive: true });
  return entries.filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('migrations/'),
  );
}

/** Every table of ours that a text writes to, whatever builds the statement. */
function writtenTables(text: string): string[] {
  const inSql =
    /\b(?:insert\s+into|update|delete\s+from|truncate(?:\s+table)?|merge\s+into|copy)\s+(?:only\s+)?bkend\.(\w+)/gi;
  const inKysely = /\.(?:insertInto|updateTable|deleteFrom|mergeInto|replaceInto)\(\s*['"`]bkend\.(\w+)/g;
  return [inSql, inKysely].flatMap((pattern) => [...text.matchAll(pattern)].map(([, table = '']) => table));
}

it('no statement outside these files writes files, shares, usage or purges', async () => {
  const found: string[] = [];
  const strangers: string[] = [];
  for (const path of await sourceFiles()) {
    for (const table of writtenTables(await readFile(join(source, path), 'utf8'))) {
      const allowed = writers[table];
      if (allowed === undefined) continue;
      found.push(table);
      if (!allowed.includes(relative('.', path))) strangers.push(`${path} writes ${table}`);
    }
  }
  expect(strangers).toEqual([]);
  // The patterns find the statements that there are.
  expect(new Set(found)).toEqual(new Set(Object.keys(writers)));
});

it('the scan finds statements however they are built', () => {
  const statements = [
    'insert into bkend.files (id) values (1)',
    'UPDATE\n  bkend.files SET key = 1',
    'delete from only bkend.files',
    "database.deleteFrom('bkend.files')",
    "db.insertInto(\n  'bkend.files')",
  ];
  for (const statement of statements) expect(writtenTables(statement)).toEqual(['files']);
  expect(writtenTables('select * from bkend.files for update')).toEqual([]);
});
