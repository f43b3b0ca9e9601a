/** `npm run bench [-- calls ledger loop makespan maps pods recovery start volume]`: ratios within one run. The machine's speed drifts, so absolute numbers are notes. */
import { measureCalls } from './calls.ts';
import { measureLedger } from './ledger.ts';
import { measureLoop } from './loop.ts';
import { measureMakespan } from './makespan.ts';
import { measureMaps } from './maps.ts';
import { measurePods } from './pods.ts';
import { measureRecovery } from './recovery.ts';
import { measureStart } from './start.ts';
import { measureVolume } from './volume.ts';

const BENCHES = {
  calls: measureCalls,
  ledger: measureLedger,
  loop: measureLoop,
  makespan: measureMakespan,
  maps: measureMaps,
  pods: measurePods,
  recovery: measureRecovery,
  start: measureStart,
  volume: measureVolume,
};

const asked = process.argv.slice(2);
for (const [name, measure] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const { name: what, value, goal, isMet, note } of await measure()) {
    console.log(`${isMet ? 'met   ' : 'MISSED'} ${what}: ${value} (goal ${goal})\n       ${note}`);
  }
}
