/** A process that has a folder of its own below `argv[2]`, says where, and lives until it is killed, or until its stdin ends: then it closes. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnFolder } from '../../src/pod/own-folder.ts';

const own = await OwnFolder.open(process.argv[2] ?? '');
const folder = await own.make('work/one');
// As a command may leave it.
mkdirSync(join(folder, 'closed'));
writeFileSync(join(folder, 'closed', 'file'), 'text');
chmodSync(join(folder, 'closed'), 0o000);
console.log(folder);
process.stdin.resume().once('end', () => void own.close());
