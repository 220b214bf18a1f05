// A role for the supervisor's tests, told by its words what to do. It writes what befalls it, one line each, to a file.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { joinSupervisor } from '../../dist/supervisor/supervision.js';

const [name, file, ...habits] = process.argv.slice(2);
const tell = (event) => appendFileSync(file, `${name} ${event} ${process.pid}\n`);
/** True once for each name, whichever process asks. */
const firstTime = (what) => {
  const marker = `${file}.${name}.${what}`;
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
};

tell('started');
const supervisor = joinSupervisor();
if (habits.includes('refuses')) {
  await supervisor.tell({ type: 'failed', reason: 'port 1 is taken' });
  process.exit(1);
}
if (habits.includes('dies') || (habits.includes('dies-once') && firstTime('death'))) process.exit(7);
supervisor.onAsked(async () => ({ answer: 42 }));
await supervisor.tell({ type: 'ready', url: 'http://fake' });
// Something to live for.
const alive = setInterval(() => {}, 1000);
const how = await supervisor.stopped;
tell(how);
if (!habits.includes('lingers')) clearInterval(alive);
if (!habits.includes('lingers')) process.exit(0);
