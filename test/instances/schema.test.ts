import { describe, expect, test } from '@jest/globals';
import { InstanceSchema } from '../../src/instances/schema.ts';
import { readLocated } from '../../src/located-yaml.ts';
import { folderWith } from '../support/folders.ts';

const INSTANCE = {
  ...{ repo: 'cart', base: 'main', problem: 'It is wrong.', test: 'node --test', parser: 'node' },
  failToPass: ['adds'],
};

function problemsOf(change: object): string[] {
  const folder = folderWith({ 'instance.json': JSON.stringify({ ...INSTANCE, ...change }, null, 1) });
  try {
    readLocated(`${folder}/instance.json`, InstanceSchema, 'instance');
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ *line \d+: /, ''));
  }
}

describe('an instance', () => {
  test('needs no more than a repository, a problem and its tests', () => {
    expect(InstanceSchema.parse(INSTANCE)).toMatchObject({
      setup: null,
      passToPass: [],
      testFiles: {},
      allowHosts: [],
    });
  });

  test.each([
    [{ testFiles: { commit: 'main', paths: ['test'] } }],
    [{ testFiles: { 'test/a.js': { content: '' }, 'test/b.js': { commit: 'main' } } }],
    [{ testFiles: { commit: { content: 'a file of that name' } } }],
    [{ test: ['node', '--test'] }],
  ])('may say %j', (change) => expect(problemsOf(change)).toEqual([]));

  test.each<[object, RegExp]>([
    [{ failToPass: [] }, /^failToPass: An instance without a test that has to pass can not be judged/],
    [{ failToPass: ['adds', 'adds'] }, /^failToPass\[1\]: "adds" is named twice/],
    [{ passToPass: ['adds'] }, /^passToPass\[0\]: "adds" is in failToPass, too/],
    [{ parser: 'pytest' }, /^parser: /],
    [{ base: '--all' }, /^base: This can not name a commit/],
    [{ hints: '' }, /^hints: Unrecognized key/],
    [{ testFiles: { '../a.js': { content: '' } } }, /^testFiles\.\.\.\/a\.js: .*out of the workspace/],
    [{ testFiles: { '/a.js': { content: '' } } }, /^testFiles.*absolute/],
    [{ testFiles: { 'a.js': {} } }, /^testFiles.*Expected/],
    [{ testFiles: { commit: 'main', paths: ['..'] } }, /^testFiles\.paths\[0\]: .*out of the workspace/],
    [{ testTimeoutSeconds: 0 }, /^testTimeoutSeconds: /],
  ])('with %j is refused by the field', (change, message) => {
    expect(problemsOf(change)).toEqual([expect.stringMatching(message)]);
  });
});
