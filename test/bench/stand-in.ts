/** The stand-in of the benchmarks, as a process of its own: `stand-in.ts LATENCY_MS`. Prints its address. */
import { startStandIn } from '../../src/standin/server.ts';
import { benchAgent } from './work.ts';

const [latencyMs = '0'] = process.argv.slice(2);
const { baseUrl } = await startStandIn({ lean: true, latencyMs: Number(latencyMs), script: benchAgent });
console.log(baseUrl);
