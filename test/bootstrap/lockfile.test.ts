import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Locked {
  integrity?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };

// npm leaves a platform's package out of the lockfile when the registry did not have it yet; `npm ci` then fails everywhere.
test('the lockfile holds the packages of every platform, each with its hash and none with the address of a registry', () => {
  const names = Object.keys(packages);
  for (const [name, { integrity, resolved, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const optional of Object.keys(optionalDependencies)) {
      expect(names).toContainEqual(expect.stringMatching(new RegExp(`(^|/)node_modules/${optional}$`)));
    }
    if (name !== '') expect({ name, resolved, hasHash: integrity !== undefined }).toEqual({ name, hasHash: true });
  }
});
