#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

// Most of a start is compiling code. Node.js 22.1 and newer can keep what they compiled.
module.enableCompileCache?.();

const entry = new URL('../bundle/main.js', import.meta.url);
if (!existsSync(entry)) {
  console.error(
    'bkend-storage is not built yet: run "npm run build" (or "npm start", which does so by itself).',
  );
  process.exit(1);
}
const { main } = await import(entry.href);
await main(process.argv.slice(2));
