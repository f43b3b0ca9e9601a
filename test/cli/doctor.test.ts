/** `flotilla doctor` says what is missing and what would help, on machines where something is. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { Product } from '../support/product.ts';

interface Finding {
  name: string;
  status: string;
  detail: string;
  help: string;
}

async function doctor(environment: NodeJS.ProcessEnv, home = temporaryFolder('flotilla-home')) {
  const { exitCode, stdout } = await new Product(home, environment).cli('doctor', '--json');
  return { exitCode, findings: JSON.parse(stdout) as Finding[] };
}

const file = (name: string, text = ''): string => join(folderWith({ [name]: text }), name);

describe('doctor', () => {
  test('is content without a server and without a key, and says how to get both', async () => {
    const { exitCode, findings } = await doctor({ OPENAI_API_KEY: undefined });
    expect(exitCode).toBe(0);
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([
      {
        name: 'model key',
        status: 'warning',
        detail: 'OPENAI_API_KEY is not set',
        help: 'Set it, or work with `flotilla up --stand-in`.',
      },
      {
        name: 'Temporal server',
        status: 'warning',
        detail: 'none runs',
        help: expect.stringContaining('flotilla up') as unknown,
      },
    ]);
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Node', 'Temporal binary', 'home', 'ripgrep', 'tier manager', 'tier mini', 'tier nano']),
    );
  });

  test.each<[string, () => NodeJS.ProcessEnv, Pick<Finding, 'name' | 'help'>]>([
    [
      'a Temporal binary that is none',
      () => ({ FLOTILLA_TEMPORAL_CLI: file('temporal') }),
      { name: 'Temporal binary', help: 'Unset FLOTILLA_TEMPORAL_CLI, or name another binary.' },
    ],
    [
      'a tiers file that is not valid',
      () => ({ FLOTILLA_TIERS: file('tiers.json', '{') }),
      { name: 'tiers', help: 'Correct the file that FLOTILLA_TIERS names.' },
    ],
    [
      'a server that does not answer',
      () => ({ TEMPORAL_ADDRESS: '127.0.0.1:1' }),
      { name: 'Temporal server', help: expect.stringMatching(/./) as unknown as string },
    ],
  ])('fails for %s, with the reason', async (_, environment, expected) => {
    const { exitCode, findings } = await doctor(environment());
    expect(exitCode).toBe(1);
    const failed = findings.filter(({ status }) => status === 'failed');
    expect(failed).toEqual([{ status: 'failed', detail: expect.stringMatching(/.{10}/) as unknown, ...expected }]);
  });

  test('fails for a home that can not be made, with the reason', async () => {
    const { exitCode, findings } = await doctor({}, join(file('not-a-folder'), 'home'));
    expect(exitCode).toBe(1);
    expect(findings.find(({ status }) => status === 'failed')).toMatchObject({
      name: 'home',
      detail: expect.stringContaining('ENOTDIR') as unknown,
      help: 'Set FLOTILLA_HOME to a folder that can be written.',
    });
  });
});
