/** Writes the documents that are generated from the code: `npm run docs`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatePages } from './generated-pages.ts';

const docs = join(import.meta.dirname, '../../../../docs');
for (const [name, text] of await generatePages()) await writeFile(join(docs, name), text);
