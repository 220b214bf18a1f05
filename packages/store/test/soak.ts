/** `npm run soak -- 1000`: kills a store under load that many times, and reads back all it acknowledged. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyStore } from '../src/verify/verify-store.ts';
import { killRepeatedly } from './kill-repeatedly.ts';

const cycles = Number(process.argv[2] ?? 1000);
const directory = await mkdtemp(join(tmpdir(), 'bkend-soak-'));
const dataDir = join(directory, 'data');

await killRepeatedly(dataDir, cycles, (cycle, acknowledgements) => {
  if (cycle % 10 === 0) console.log(`${cycle} kills, ${acknowledgements} acknowledged writes, none lost`);
});
const report = await verifyStore({
  directory: dataDir,
  repair: false,
  onFinding: (finding) => console.error(finding),
});
console.log(report);
if (report.damaged + report.missing + report.unreferenced > 0) process.exitCode = 1;
else await rm(directory, { recursive: true });
