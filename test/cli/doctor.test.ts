/** `flotilla doctor` says what is missing and what would help, on machines where something is. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { tierFinding } from '../../src/cli/model-findings.ts';
import { storeFolder } from '../../src/config.ts';
import { lockHome } from '../../src/embedded/endpoint.ts';
import { openStore } from '../../src/store/store.ts';
import { fleet } from '../support/builders.ts';
import { type ChatAnswer, chatServer } from '../support/chat-server.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { Product } from '../support/product.ts';

/** Nothing may show it. */
const KEY = 'sk-very-secret';

/** The header of a database with a schema that is not written yet. */
function newerStore(): Buffer {
  const header = Buffer.alloc(100);
  header.write('SQLite format 3\0', 'latin1');
  header.writeUInt32BE(1000, 60);
  return header;
}

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

const file = (name: string, text: string | Buffer = ''): string => join(folderWith({ [name]: text }), name);

/** Everything below a folder and itself: what it is, and when it was written to. */
function traceOf(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true }).map((entry) => join(folder, String(entry)));
  return [folder, ...below].toSorted().map((path) => {
    const { mtimeNs, ctimeNs, size, mode } = statSync(path, { bigint: true });
    return [path, mtimeNs, ctimeNs, size, mode].join(' ');
  });
}

describe('doctor', () => {
  test('says what is lost without git', async () => {
    const { findings } = await doctor({ PATH: '/no/such' });
    expect(findings).toContainEqual(
      expect.objectContaining({ name: 'git', status: 'warning', help: expect.stringContaining('apt-get') as unknown }),
    );
  });

  test('is content without a server and without a key, and says how to get both', async () => {
    const { exitCode, findings } = await doctor({ OPENAI_API_KEY: undefined });
    expect(exitCode).toBe(0);
    expect(
      findings.filter(({ name, status }) => status !== 'ok' && !['sandbox', 'programs in pods'].includes(name)),
    ).toEqual([
      {
        name: 'model key',
        status: 'warning',
        detail: 'OPENAI_API_KEY is not set (provider openai, tiers manager, mini, nano)',
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

  test('writes nothing, neither into a home that was used nor where none is', async () => {
    const home = temporaryFolder('flotilla-home');
    const lock = lockHome(home);
    await openStore(storeFolder(home)).close();
    lock?.release();
    const before = traceOf(home);
    const used = await doctor({}, home);
    expect(used.findings).toContainEqual({ name: 'home', status: 'ok', detail: home, help: '' });
    expect(traceOf(home)).toEqual(before);

    const parent = temporaryFolder('flotilla-home');
    const none = traceOf(parent);
    const { exitCode, findings } = await doctor({}, join(parent, 'not', 'yet'));
    expect(exitCode).toBe(0);
    expect(findings.find(({ name }) => name === 'home')).toMatchObject({
      status: 'ok',
      detail: `${join(parent, 'not', 'yet')} (not there yet: the first stack makes it)`,
    });
    expect(traceOf(parent)).toEqual(none);
  });

  test.each<[string, Buffer, RegExp, RegExp]>([
    [
      'is none',
      Buffer.from('something else, and longer than the header of a database '.repeat(3)),
      /is not a store$/,
      /backup/,
    ],
    ['is of a newer version', newerStore(), /newer version \(schema 1000, this one knows \d+\)$/, /^Update flotilla/],
  ])('fails for a store that %s', async (_, bytes, detail, help) => {
    const { exitCode, findings } = await doctor({}, folderWith({ 'store/flotilla.db': bytes }));
    expect(exitCode).toBe(1);
    expect(findings.find(({ name }) => name === 'home')).toEqual({
      name: 'home',
      status: 'failed',
      detail: expect.stringMatching(detail) as unknown,
      help: expect.stringMatching(help) as unknown,
    });
  });

  test.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
    [
      'a file that is not TOML',
      () => ({ TEMPORAL_CONFIG_FILE: file('temporal.toml', 'not [toml') }),
      /can't be used: Invalid TOML/,
    ],
    ['a profile that is not there', () => ({ TEMPORAL_PROFILE: 'team' }), /can't be used: Profile 'team' not found/],
    [
      'a certificate that is not there',
      () => ({ TEMPORAL_ADDRESS: 'h:1', TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' }),
      /can't be used: ENOENT.*nowhere\.pem/,
    ],
    [
      'a file that is not there',
      () => ({ TEMPORAL_CONFIG_FILE: '/nowhere.toml' }),
      /^none runs, and no address comes of TEMPORAL_CONFIG_FILE$/,
    ],
    [
      'a file without a default profile',
      () => ({ TEMPORAL_CONFIG_FILE: file('temporal.toml', '[profile.team]\naddress = "h:1"\n') }),
      /no address comes of TEMPORAL_CONFIG_FILE$/,
    ],
  ])(
    'fails for Temporal’s own configuration with %s, and says what is wrong with it',
    async (_, environment, detail) => {
      const { exitCode, findings } = await doctor(environment());
      expect(exitCode).toBe(1);
      expect(findings.filter(({ status }) => status === 'failed')).toEqual([
        {
          name: 'Temporal server',
          status: 'failed',
          detail: expect.stringMatching(detail) as unknown,
          help: expect.stringMatching(/TEMPORAL_.*(unset|TEMPORAL_ADDRESS)/) as unknown,
        },
      ]);
    },
  );

  test.each<[string, () => NodeJS.ProcessEnv, Pick<Finding, 'name' | 'help'>]>([
    [
      'a Temporal binary that is none',
      () => ({ FLOTILLA_TEMPORAL_CLI: file('temporal') }),
      { name: 'Temporal binary', help: 'Unset FLOTILLA_TEMPORAL_CLI, or name another binary.' },
    ],
    [
      'a tiers file that is not valid',
      () => ({ FLOTILLA_TIERS: file('tiers.json', '{') }),
      { name: 'tiers', help: 'Correct the file that FLOTILLA_TIERS or FLOTILLA_MODELS names.' },
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

  const models = (...data: object[]): ChatAnswer => ({ body: { object: 'list', data } });
  const ours = [{ id: 'gpt-5.4' }, { id: 'gpt-5.4-mini-2026-03-17' }, { id: 'gpt-5.4-nano', shutdown_date: null }];

  /** What is said of models, where the provider answers this. */
  async function asked(answer: ChatAnswer, environment: NodeJS.ProcessEnv = {}) {
    const { baseUrl, close } = await chatServer([], answer);
    const { exitCode, findings } = await doctor({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: baseUrl, ...environment });
    await close();
    expect(JSON.stringify(findings)).not.toContain(KEY);
    const said = (name: string) => findings.find((finding) => finding.name === name);
    return { exitCode, said, baseUrl };
  }

  test('is content with models that the account has, and says where it asked', async () => {
    const { said, baseUrl } = await asked(models(...ours));
    expect(said('tier mini')).toMatchObject({ status: 'ok', detail: 'gpt-5.4-mini, effort medium' });
    expect(said('provider openai')).toMatchObject({ status: 'ok', detail: `${baseUrl} lists 3 models` });
    expect(said('model key')?.detail).toBe('OPENAI_API_KEY is set (provider openai, tiers manager, mini, nano)');
  });

  test('warns of a model that the account has not, by tier and name', async () => {
    const { said, exitCode } = await asked(models({ id: 'gpt-5.4' }, { id: 'gpt-5.4-nano' }));
    expect(exitCode).toBe(0);
    expect(said('tier mini')).toMatchObject({
      status: 'warning',
      detail: 'gpt-5.4-mini is not among the models that openai lists for this account',
    });
    expect(said('tier manager')?.status).toBe('ok');
  });

  test.each<[string, ChatAnswer, RegExp]>([
    [
      'refuses the key, and quotes it',
      { status: 401, body: { error: { message: `Wrong: ${KEY}`, code: 'invalid_api_key' } } },
      /: it refuses the key of OPENAI_API_KEY$/,
    ],
    ['fails, and quotes the key', { status: 500, body: { error: { message: `Oh ${KEY}` } } }, /answered 500 .*Oh …$/],
    ['answers with a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, /a page of text/],
    ['does not answer', { end: 'never' }, /: no answer within 5 seconds$/],
  ])('warns of a provider that %s', async (_, answer, detail) => {
    const { said, exitCode } = await asked(answer);
    expect(exitCode).toBe(0);
    expect(said('provider openai')).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(detail) as unknown,
    });
    expect(said('tier mini')?.status).toBe('ok');
  });

  test('warns of a provider that can’t be reached, and shows no password of its address', async () => {
    const { said } = await asked(models(), { OPENAI_BASE_URL: 'http://me:secret@127.0.0.1:1/v1' });
    expect(said('provider openai')).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/v1: .*ECONNREFUSED/) as unknown,
    });
  });

  test('does not hold a provider without a list to it', async () => {
    const { said } = await asked({ status: 404 });
    expect(said('provider openai')).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/lists no models/) as unknown,
    });
    expect(said('tier mini')?.status).toBe('ok');
  });
});

describe('the shutdown of a tier’s model', () => {
  const { tiers } = fleet();
  const now = Date.parse('2026-11-22');
  const told = (ours?: string, served?: { id: string; shutdown?: string | null }[]) =>
    tierFinding('mini', tiers.mini, ours === undefined ? {} : { shutdown: ours }, served && { served }, now);
  const id = 'gpt-5.4-mini';

  test.each([
    ['2027-02-19', 'warning'],
    ['2027-02-20', 'ok'],
    ['2026-01-01', 'warning'],
    [undefined, 'ok'],
  ])('%s is %s, ninety days ahead', (day, status) => {
    expect(told(day)).toMatchObject({ status });
    expect(told(undefined, [{ id, shutdown: day ?? null }])).toMatchObject({ status });
  });

  test('is what the provider says, where it says something', () => {
    expect(told('2026-12-01', [{ id }])).toMatchObject({
      status: 'warning',
      detail: `${id} is shut down on 2026-12-01`,
    });
    expect(told('2026-12-01', [{ id, shutdown: '2026-12-24' }]).detail).toContain('2026-12-24');
    expect(told('2026-12-01', [{ id, shutdown: null }]).status).toBe('ok');
    expect(told('2028-01-01', [{ id, shutdown: '2026-12-24' }]).status).toBe('warning');
  });

  test('is that of the model itself before that of a snapshot', () => {
    const snapshot = { id: `${id}-2026-03-17`, shutdown: '2026-12-24' };
    expect(told(undefined, [snapshot, { id, shutdown: null }]).status).toBe('ok');
    expect(told(undefined, [snapshot]).status).toBe('warning');
  });
});

describe('a stack on the home', () => {
  const products: Product[] = [];
  afterEach(async () => {
    for (const product of products.splice(0)) await product.stop();
  });

  const said = async (product: Product): Promise<Finding[]> =>
    JSON.parse((await product.cli('doctor', '--json')).stdout) as Finding[];
  const help = (findings: Finding[], name: string) => findings.find((finding) => finding.name === name)?.help;

  test('that answers with the stand-in needs no key', async () => {
    const product = new Product(temporaryFolder('flotilla-home'), { OPENAI_API_KEY: undefined });
    products.push(product);
    await product.up(['--stand-in']);
    expect(
      (await said(product)).filter(
        ({ name, status }) =>
          name === 'model key' || (status !== 'ok' && !['sandbox', 'programs in pods'].includes(name)),
      ),
    ).toEqual([
      {
        name: 'model key',
        status: 'ok',
        detail:
          'OPENAI_API_KEY is not set (provider openai, tiers manager, mini, nano), and not needed: the stack of the home answers with the stand-in',
        help: '',
      },
    ]);
  });

  test('that runs without a worker is to be started again with all; its workers are not to be started beside it', async () => {
    const product = new Product(temporaryFolder('flotilla-home'));
    products.push(product);
    await product.up(['--workers', 'mini']);
    const findings = await said(product);
    expect(findings.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual([
      'worker manager',
      'worker nano',
    ]);
    expect(help(findings, 'worker nano')).toBe(
      `The stack that holds ${product.home} (process ${product.supervisorPid}) runs without it. End that one, and start all workers: flotilla up`,
    );

    const { temporalAddress } = product.endpoint;
    expect(findings.find(({ name }) => name === 'model key')?.detail).toContain('OPENAI_API_KEY is set');
    const another = new Product(product.home, { TEMPORAL_ADDRESS: temporalAddress ?? '' });
    expect(help(await said(another), 'worker nano')).toMatch(/has a server of its own\. Unset TEMPORAL_…/);

    const namespace = new Product(product.home, {
      TEMPORAL_ADDRESS: temporalAddress ?? '',
      TEMPORAL_NAMESPACE: 'team',
    });
    expect((await said(namespace)).filter(({ status }) => status === 'failed')).toEqual([
      {
        name: 'Temporal server',
        status: 'failed',
        detail: `${temporalAddress} has no namespace "team"`,
        help: 'Set TEMPORAL_NAMESPACE to one that it has, or make it: temporal operator namespace create --namespace team',
      },
    ]);
  });
});
