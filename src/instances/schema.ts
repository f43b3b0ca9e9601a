/** An instance: a real change to a repository, as a problem to be solved and the tests that tell whether it was. `flotilla schema instance`. */
import { z } from 'zod';
import { pathProblem } from '../snapshots/paths.ts';
import { PARSER_NAMES } from './parsers/parse.ts';

const CommandSchema = z.union([z.string().min(1), z.array(z.string()).min(1)]);

/** Whatever names a commit; never an option of git's. */
const RevisionSchema = z
  .string()
  .min(1)
  .regex(/^[^-\s]\S*$/, 'This can not name a commit.');

const NamesSchema = z.array(z.string().min(1)).superRefine((names, context) => {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    context.addIssue({ code: 'custom', path: [index], message: `"${name}" is named twice.` });
  }
});

const seconds = z.int().min(1).max(86_400);

const TestFileSchema = z.union(
  [
    z.strictObject({ content: z.string().describe('the text of the file') }),
    z.strictObject({ commit: RevisionSchema.describe('the file is taken from this commit') }),
  ],
  { error: 'Expected {"content": "…"} or {"commit": "…"}' },
);

const TestFilesSchema = z.union(
  [
    z.strictObject({
      commit: RevisionSchema.describe('all of the files are taken from this commit'),
      paths: z.array(z.string()).min(1).describe('files, and folders with all that is in them'),
    }),
    z.record(z.string(), TestFileSchema).describe('path → its content, or the commit that it is taken from'),
  ],
  { error: 'Expected {"PATH": {"content": "…"}}, {"PATH": {"commit": "…"}} or {"commit": "…", "paths": […]}' },
);
export type TestFiles = z.infer<typeof TestFilesSchema>;

export const InstanceSchema = z
  .strictObject({
    repo: z
      .string()
      .min(1)
      .describe('path of a local git repository, with a work tree or bare; a relative one begins at this file'),
    base: RevisionSchema.describe('the commit that is worked on; nothing of what came later is seen'),
    problem: z.string().min(1).describe('what is to be done, in words: the issue'),
    setup: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('installs what the tests need (`npm ci`), by sh -c; null for nothing'),
    allowHosts: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'hosts that the setup may reach: `host`, `*.suffix`, `host:port`; `private:host` where its address is a private one',
      ),
    setupTimeoutSeconds: seconds.default(1200),
    test: CommandSchema.describe(
      'runs the tests, without any network, with a reporter that names each of them: jest --verbose or --json, vitest --reporter=verbose, mocha (-R tap where tests print much), tape, node --test',
    ),
    testTimeoutSeconds: seconds.default(1200),
    parser: z.enum(PARSER_NAMES).describe('what reads the output of the tests; tap for tape'),
    failToPass: NamesSchema.min(1, 'An instance without a test that has to pass can not be judged.').describe(
      'tests that fail at the base and have to pass; names of suites joined with " > ", the second of one name with " #2"',
    ),
    passToPass: NamesSchema.default([]).describe('tests that pass at the base and have to pass still'),
    testFiles: TestFilesSchema.default({}).describe(
      'written over the work tree before the tests run; the agent does not see them',
    ),
    oracle: z
      .string()
      .min(1)
      .optional()
      .describe(
        'path of the patch that is known to solve it, for `instance validate`; a relative one begins at this file',
      ),
  })
  .superRefine(({ failToPass, passToPass, testFiles }, context) => {
    for (const [place, path] of pathsOf(testFiles)) {
      const problem = pathProblem(path);
      if (problem === null) continue;
      const message = `This can't be a path in the repository: ${problem}.`;
      context.addIssue({ code: 'custom', path: ['testFiles', ...place], message });
    }
    for (const [index, name] of passToPass.entries()) {
      if (!failToPass.includes(name)) continue;
      context.addIssue({ code: 'custom', path: ['passToPass', index], message: `"${name}" is in failToPass, too.` });
    }
  });
export type Instance = z.infer<typeof InstanceSchema>;

/** Are all of them of one commit? */
export const areOfOneCommit = (testFiles: TestFiles): testFiles is { commit: string; paths: string[] } =>
  Array.isArray(testFiles['paths']);

/** With the place of each below `testFiles`. */
function pathsOf(testFiles: TestFiles): [(string | number)[], string][] {
  if (areOfOneCommit(testFiles)) return testFiles.paths.map((path, index) => [['paths', index], path]);
  return Object.keys(testFiles).map((path) => [[path], path]);
}
