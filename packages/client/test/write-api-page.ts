/** Writes `docs/client-api.md` from what has been built: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPage } from './api-page.ts';

writeFileSync(join(import.meta.dirname, '../../../docs/client-api.md'), apiPage());
