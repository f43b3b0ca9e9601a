/** The stand-in as a process of its own: `main.js PORT LATENCY_MS`. Ends with its supervisor. */
import { startStandIn } from './server.ts';

const [port = '0', latencyMs = '0'] = process.argv.slice(2);
const standIn = await startStandIn({ port: Number(port), latencyMs: Number(latencyMs) });
console.log(`stand-in on ${standIn.baseUrl}: it follows rules and is not a language model`);

const stop = (): void => void standIn.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop);
process.send?.('ready');
