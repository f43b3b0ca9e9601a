/** What reaches a terminal: colours where they are wanted, and nothing that a model or a file could steer it with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { CLI, Product } from '../support/product.ts';
import { fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();
/** Runs a program on a terminal of its own; part of every Linux and macOS. */
const SCRIPT = '/usr/bin/script';

/** Colour, title of the window, C1 control, right-to-left override, isolate, zero width, tag character. */
const HOSTILE = '\u001b[31m\u001b]0;mine\u0007\u009b2J\u202e\u2066\u200b\u{E0041}';
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{E0000}-\u{E0FFF}]/u;
const SHOWN = '\\u{1b}[31m\\u{1b}]0;mine\\u{7}\\u{9b}2J\\u{202e}\\u{2066}\\u{200b}\\u{e0041}';
const COLOUR = /\u001b\[\d+m/;

/** A script for the one subtask of a plan: it reports a finding whose words are hostile. */
const finding = {
  path: 'src/run.ts',
  startLine: 2,
  endLine: 2,
  quote: '  return eval(code);',
  severity: 'high',
  title: `Runs text ${HOSTILE}`,
  explanation: `It is ${HOSTILE} dangerous.`,
};
const finish = { summary: `Found ${HOSTILE}`, findings: [finding], uncertain: [`Maybe ${HOSTILE}`] };

describe('hostile text of an objective, a plan and a model', () => {
  let ran: string;
  beforeAll(async () => {
    product.script = ({ request }) =>
      request.tools?.some(({ name }) => name === 'finish')
        ? { kind: 'answer', utterance: { calls: [{ name: 'finish', args: finish }] } }
        : null;
    const subtask = { id: 'a', kind: 'investigate', title: `Look ${HOSTILE}`, instructions: 'Look for `eval`.' };
    const plan = `${folderWith({ 'plan.json': JSON.stringify({ subtasks: [subtask] }) })}/plan.json`;
    const { exitCode, stdout, stderr } = await product.cli(
      ...['run', `Look ${HOSTILE}`, '-w', fixtureRepository(), '--plan', plan, '--id', 'hostile'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    ran = stdout;
  });

  test('is shown as its codes by run', () => {
    expect(ran).not.toMatch(UNSAFE);
    expect(ran).toContain(`a completed: Look ${SHOWN}`);
    expect(ran).toContain(`high Runs text ${SHOWN}`);
  });

  test.each([
    ['watch', ['watch', 'hostile'], `Look ${SHOWN}`],
    ['show', ['show', 'hostile'], `hostile: Look ${SHOWN}`],
    ['list', ['list'], `Look ${SHOWN}`],
    ['report', ['report', 'hostile', '--markdown'], 'dangerous'],
  ])('is shown as its codes by %s', async (_, args, shown) => {
    const { exitCode, stdout } = await product.cli(...args);
    expect(exitCode).toBe(0);
    expect(stdout).not.toMatch(UNSAFE);
    expect(stdout).toContain(shown);
  });

  test.each([
    ['show', ['show', 'hostile', '--json']],
    ['list', ['list', '--json']],
    ['report', ['report', 'hostile', '--json']],
  ])('is escaped by %s --json, and programs read what was meant', async (_, args) => {
    const { stdout } = await product.cli(...args);
    expect(stdout).not.toMatch(UNSAFE);
    expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(HOSTILE).slice(1, -1));
  });

  test('is shown as its codes in an error', async () => {
    const { exitCode, stderr } = await product.cli('show', `nobody${HOSTILE}`);
    expect(exitCode).toBe(2);
    expect(stderr).not.toMatch(UNSAFE);
    expect(stderr).toContain(SHOWN);
  });
});

const terminals: ChildProcess[] = [];
afterAll(() => terminals.forEach((child) => child.kill()));

/** A command on a terminal of its own: util-linux and BSD have the same program with different words. */
function onTerminal(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const words = [process.execPath, CLI, ...args];
  const line = words.map((word) => `'${word}'`).join(' ');
  const options = process.platform === 'darwin' ? ['-q', '/dev/null', ...words] : ['-qec', line, '/dev/null'];
  const child = spawn(SCRIPT, options, { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
  const seen = { text: '' };
  child.stdout.on('data', (text: Buffer) => (seen.text += text.toString()));
  terminals.push(child);
  const ended = new Promise<{ exitCode: number | null; said: string }>((resolve) =>
    child.once('close', (exitCode) => resolve({ exitCode, said: seen.text })),
  );
  return { ended, seen, pressCtrlC: () => void child.stdin.write('\u0003') };
}

describe('colours', () => {
  const coloured = { FORCE_COLOR: undefined, NO_COLOR: undefined, CI: undefined, TERM: 'xterm-256color' };
  const environmentOf = (change: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
    new Product(product.home, { ...coloured, ...change }).environment();

  test('are there on a terminal', async () => {
    const { said } = await onTerminal(environmentOf({}), 'doctor').ended;
    expect(said).toContain('Temporal server');
    expect(said).toMatch(COLOUR);
  });

  test('are not on a terminal where NO_COLOR is set', async () => {
    const { said } = await onTerminal(environmentOf({ NO_COLOR: '1' }), 'doctor').ended;
    expect(said).toContain('Temporal server');
    expect(said).not.toMatch(COLOUR);
  });

  test('are not where the output is no terminal', async () => {
    const { stdout } = await new Product(product.home, coloured).cli('doctor');
    expect(stdout).toContain('Temporal server');
    expect(stdout).not.toMatch(COLOUR);
  });
});

/** The plan is being drawn: this terminal has no size, so there is nothing else to see of it. */
const HIDDEN_CURSOR = '\u001b[?25l';

describe('Ctrl-C on a terminal, where the plan is redrawn', () => {
  test('lets go of the objective, and says how to come back', async () => {
    product.script = ({ callKey }) => (callKey.startsWith('pressed/') ? new Promise(() => undefined) : null);
    const run = onTerminal(product.environment(), 'run', 'Find it.', '-w', fixtureRepository(), '--id', 'pressed');
    await until(() => run.seen.text.includes(HIDDEN_CURSOR));
    run.pressCtrlC();
    const { exitCode, said } = await run.ended;
    expect(said).toMatch(/Let go of pressed; it goes on\. Come back with: flotilla watch pressed\s/);
    // The BSD one ends with 0 in any case.
    if (process.platform !== 'darwin') expect(exitCode).toBe(130);
    await product.cli('cancel', 'pressed');
  });

  test('stops everything that a quickstart started, in order, after it said what to try next', async () => {
    const own = new Product(temporaryFolder('flotilla-home'));
    const ports = ['--port', '0', '--ui-port', '0', '--drain', '2'];
    const quickstart = onTerminal(
      { ...own.environment(), CI: '' },
      ...['quickstart', ...ports, '--stand-in', '--stand-in-latency', '0', '--workspace', fixtureRepository()],
    );
    await until(() => quickstart.seen.text.includes('Everything stays up until Ctrl-C.'));
    expect(quickstart.seen.text).toContain(HIDDEN_CURSOR);
    quickstart.pressCtrlC();
    const { said } = await quickstart.ended;
    const stopped = [...said.matchAll(/(\S+) has stopped/g)].map(([, name]) => name);
    expect(stopped.toSorted()).toEqual(['manager', 'mini', 'nano', 'stand-in', 'temporal']);
    expect(stopped.at(-1)).toMatch(/^(temporal|stand-in)$/);
    // A shell runs what stands between backticks, unless single quotes keep it from that.
    const commands = said.match(/npx flotilla run .*/g) ?? [];
    expect(commands).toHaveLength(2);
    for (const command of commands) expect(command.replace(/'[^']*'/g, '')).not.toContain('`');
  });
});
