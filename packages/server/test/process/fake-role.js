// A role for the supervisor's tests. It appends its events to a file, one line each.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { joinSupervisor } from '../../dist/supervisor/join-supervisor.js';

const [name, file, ...habits] = process.argv.slice(2);
const record = (event) => appendFileSync(file, `${name} ${event} ${process.pid}\n`);
/** True once for each name, whichever process asks. */
const firstTime = (what) => {
  const marker = `${file}.${name}.${what}`;
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
};

record('started');
const supervisor = joinSupervisor();
if (habits.includes('refuses')) {
  await supervisor.send({ type: 'failed', reason: 'port 1 is taken' });
  process.exit(1);
}
if (habits.includes('dies') || (habits.includes('dies-once') && firstTime('death'))) process.exit(7);
supervisor.onAsked(async () => ({ answer: 42 }));
supervisor.onStopAnnounced(() => record('announced'));
await supervisor.send({ type: 'ready', url: 'http://fake' });
// Keeps the process alive.
const alive = setInterval(() => {}, 1000);
const how = await supervisor.stopped;
record(how);
if (!habits.includes('lingers')) clearInterval(alive);
if (!habits.includes('lingers')) process.exit(0);
