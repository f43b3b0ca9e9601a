/**
 * Files that say whether work is done, and that whoever does the work should not decide alone: tests, what configures them, and CI. What judges
 * a snapshot takes them from the base. Scripts that are part of other files (`package.json`) can't be told apart and are not among them.
 */
import ignore from 'ignore';
import type { Manifest } from '../contracts/workspace.ts';
import type { Change } from './changes.ts';
import { parentsOf } from './paths.ts';
import { manifestOf, treeOf } from './tree.ts';

/** As in an ignore file. */
export const PROTECTED_PATTERNS: readonly string[] = [
  ...['test/', 'tests/', '__tests__/', 'spec/', 'specs/', 'e2e/', '__snapshots__/', '__mocks__/', 'testdata/'],
  ...['*.test.*', '*.spec.*', '*_test.*', '*_spec.*', 'test_*.py', '*Test.java', '*Tests.java', '*IT.java'],
  ...['*Test.kt', '*Tests.cs', '*Test.php', '*.feature', 'conftest.py', '*.snap'],
  ...['jest.config.*', 'jest.setup.*', 'vitest.*', 'playwright.config.*', 'cypress.config.*', 'karma.conf.*'],
  ...['.mocharc.*', '.nycrc*', 'ava.config.*', 'wdio.conf.*', 'pytest.ini', '.pytest.ini', 'tox.ini', 'noxfile.py'],
  ...['.coveragerc', 'phpunit.xml*', '.rspec', 'nextest.toml', 'codecov.yml', '.codecov.yml'],
  ...['.github/', '.gitlab-ci.yml', '.gitlab/', '.circleci/', '.buildkite/', '.travis.yml', '.woodpecker*'],
  ...['Jenkinsfile*', 'azure-pipelines*', 'bitbucket-pipelines.yml', 'appveyor.yml', '.drone.yml', '.cirrus.yml'],
];

type IsProtected = (path: string) => boolean;

/** `a` is protected, too, where it took the place of a folder that is. */
function protectedBy(patterns: readonly string[]): IsProtected {
  const matcher = ignore().add([...patterns]);
  return (path) => matcher.ignores(path);
}

/** Paths, in the order of the changes. */
export function touchesProtected(
  changes: Pick<Change, 'path'>[],
  patterns: readonly string[] = PROTECTED_PATTERNS,
): string[] {
  const isProtected = protectedBy(patterns);
  return changes.filter(({ path }) => isProtected(path)).map(({ path }) => path);
}

/**
 * What is judged: the snapshot, with protected files as in the base and no others. Where something of the snapshot stands in the way of one, as a
 * file in the place of its folder, it gives way.
 */
export function withProtectedFrom(
  base: Manifest,
  snapshot: Manifest,
  patterns: readonly string[] = PROTECTED_PATTERNS,
): Manifest {
  const isProtected = protectedBy(patterns);
  const judged = treeOf(snapshot);
  for (const path of judged.keys()) if (isProtected(path)) judged.delete(path);
  const kept = Array.from(treeOf(base)).filter(([path]) => isProtected(path));
  const keptPaths = new Set(kept.map(([path]) => path));
  for (const path of judged.keys()) if (parentsOf(path).some((parent) => keptPaths.has(parent))) judged.delete(path);
  for (const [path, entry] of kept) {
    for (const parent of parentsOf(path)) judged.delete(parent);
    judged.set(path, entry);
  }
  return manifestOf(judged, snapshot.leftOut);
}
