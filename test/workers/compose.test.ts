/** No container engine is needed: what is checked is that the compose file, the image recipe and the product say the same. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { loadConfig } from '../../src/config.ts';
import { TIERS } from '../../src/contracts/addresses.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.ts';
import { serverArguments } from '../../src/embedded/server.ts';

const Texts = z.array(z.string());
const MountSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('volume'), source: z.string(), target: z.string() }),
  z.strictObject({
    type: z.literal('bind'),
    source: z.string(),
    target: z.string(),
    read_only: z.literal(true),
    bind: z.strictObject({ create_host_path: z.literal(false) }),
  }),
]);
const VolumeSchema = z.union([
  MountSchema,
  z.string().transform((text) => {
    const [source = '', target = ''] = text.split(':');
    return { type: 'volume' as const, source, target };
  }),
]);
const ServiceSchema = z.strictObject({
  image: z.string().optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  entrypoint: Texts.optional(),
  command: Texts,
  user: z.string().optional(),
  init: z.boolean().optional(),
  restart: z.string(),
  cap_drop: Texts.optional(),
  security_opt: Texts.optional(),
  depends_on: z.record(
    z.string(),
    z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }),
  ),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(VolumeSchema),
  ports: Texts,
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })),
  stop_grace_period: z.string().optional(),
  healthcheck: z
    .strictObject({
      test: Texts,
      interval: z.string(),
      timeout: z.string(),
      retries: z.int(),
      start_period: z.string(),
    })
    .optional(),
});
type Service = z.infer<typeof ServiceSchema>;
const Defaulted = z.preprocess(
  (service) => ({
    command: [],
    depends_on: {},
    environment: {},
    volumes: [],
    ports: [],
    configs: [],
    ...(service as object),
  }),
  ServiceSchema,
);
const ComposeSchema = z.looseObject({
  services: z.record(z.string(), Defaulted),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
});

const text = readFileSync('docker-compose.yml', 'utf8');
const dockerfile = readFileSync('workers/Dockerfile', 'utf8');
const { services, volumes, configs } = ComposeSchema.parse(parse(text, { merge: true }));
const all = Object.entries(services);

/** As compose fills in what the shell says: `${A:-else}`, `${A:+instead}`, and `${A?why}`, which stops where A is not set at all. */
function filledIn(value: string, shell: Record<string, string>): string {
  return value.replace(/\$\{(\w+)(:?[-+?])([^}]*)\}/g, (_, name: string, how: string, text: string) => {
    const set = shell[name];
    if (how === ':+') return set ? text : '';
    if (how.endsWith('?') && (how === '?' ? set === undefined : !set)) throw new Error(`${name}: ${text}`);
    return set === undefined || (how.startsWith(':') && set === '') ? text : set;
  });
}
const NEEDED = { OPENAI_API_KEY: 'key' };

/** What a worker's process is told, and the files of the host that it sees, where the shell says this. */
function started({ environment, volumes: mounts }: Service, shell: Record<string, string> = NEEDED) {
  const filled = Object.entries(environment).map(([name, value]) => [name, filledIn(value, shell)]);
  const files = mounts
    .filter(({ type }) => type === 'bind')
    .map(({ source, target }) => [target, filledIn(source, shell)]);
  return {
    config: loadConfig(Object.fromEntries(filled) as Record<string, string>),
    files: Object.fromEntries(files) as Record<string, string>,
  };
}

const workers = TIERS.map((tier) => ({ tier, worker: ServiceSchema.parse(services[`${tier}-worker`]) }));

describe('docker-compose.yml', () => {
  test('names nothing that it does not hold', () => {
    for (const [name, service] of all) {
      for (const [needed, { condition }] of Object.entries(service.depends_on)) {
        const isOneShot = services[needed]?.restart.startsWith('on-failure');
        expect({ name, needed, isOneShot }).toEqual({ name, needed, isOneShot: condition !== 'service_healthy' });
        if (!isOneShot) expect(services[needed]).toHaveProperty('healthcheck');
      }
      for (const { type, source } of service.volumes) {
        if (type === 'volume') expect(Object.keys(volumes)).toContain(source);
      }
      for (const { source } of service.configs) expect(Object.keys(configs)).toContain(source);
    }
  });

  test('pins every image, the server and its tools to one version', () => {
    const images = all.flatMap(([, { image }]) => image ?? []);
    for (const image of images) expect(image).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(images.some((image) => image.includes('auto-setup'))).toBe(false);
    const versionOf = (name: string) => services[name]?.image?.split(':')[1];
    expect(versionOf('temporal')).toBe(versionOf('schema'));
    expect(versionOf('temporal')).toBe(versionOf('bootstrap'));
  });

  test('publishes to the host alone and keeps no secret', () => {
    for (const port of all.flatMap(([, { ports }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const [name, value] of all.flatMap(([, { environment }]) => Object.entries(environment))) {
      if (/PASSWORD|PWD/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
      if (name.endsWith('_KEY')) expect(value).toMatch(new RegExp(`^\\$\\{${name}(:-|\\?.+)\\}$`));
    }
  });

  test('prepares the namespace as the local stack does', () => {
    const [script = ''] = services['bootstrap']?.command ?? [];
    expect(script).toContain(`--retention ${30 * 24}h`);
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [
      name,
      type?.toUpperCase(),
    ]);
    expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
  });

  test('gives the server the settings of the local stack', () => {
    const settings = parse(configs['temporal-dynamic-config']?.content ?? '') as Record<string, { value: unknown }[]>;
    const flags = serverArguments('/home', { grpc: 1, ui: 2 });
    const local = flags.filter((_, index) => flags[index - 1] === '--dynamic-config-value');
    expect(local.length).toBeGreaterThan(0);
    for (const [key = '', value = ''] of local.map((flag) => flag.split('=')))
      expect(settings[key]?.map((setting) => String(setting.value))).toEqual([value]);
  });

  test.each(workers)('runs the $tier worker as an ordinary user who is given time to end', ({ tier, worker }) => {
    expect(worker).toMatchObject({
      command: [`dist/workers/${tier}.js`],
      user: 'node',
      init: true,
      cap_drop: ['ALL'],
      environment: { TEMPORAL_ADDRESS: 'temporal:7233' },
    });
    expect(existsSync(`workers/${tier}.ts`)).toBe(true);
    const { drainSeconds, healthPort, home } = started(worker).config;
    expect(parseInt(worker.stop_grace_period ?? '0', 10)).toBeGreaterThan(drainSeconds + 5);
    expect(worker.volumes.filter(({ type }) => type === 'volume').map(({ target }) => target)).toEqual([home]);
    expect(healthPort).toBeGreaterThan(0);
    expect(worker.healthcheck?.test.join(' ')).toContain('FLOTILLA_HEALTH_PORT');
  });

  test.each(workers)(
    'gives the $tier worker the key and the address of every provider that the catalogue knows',
    ({ worker }) => {
      const variables = loadCatalogue().providers.flatMap(({ keyVariable, baseUrlVariable }) =>
        [keyVariable, baseUrlVariable].filter((name) => name !== undefined),
      );
      expect(variables).toEqual(expect.arrayContaining(['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'OPENAI_BASE_URL']));
      const shell = Object.fromEntries(variables.map((name) => [name, `http://${name.toLowerCase()}`]));
      const { setting } = started(worker, shell).config;
      expect(Object.fromEntries(variables.map((name) => [name, setting(name)]))).toEqual(shell);
    },
  );

  test.each(workers)('asks for no key of the $tier worker but OpenAI’s, which may be said to be none', ({ worker }) => {
    const { setting } = started(worker, { OPENAI_API_KEY: '' }).config;
    expect(setting('OPENAI_API_KEY')).toBeUndefined();
    expect(() => started(worker, {})).toThrow(/^OPENAI_API_KEY: .* no tier uses OpenAI/);
  });

  test.each(workers)(
    'shows the $tier worker the files of tiers and models, and nothing where there are none',
    ({ worker }) => {
      const shell = { ...NEEDED, FLOTILLA_TIERS: './mine.yaml', FLOTILLA_MODELS: '/etc/ours.yaml' };
      const { config, files } = started(worker, shell);
      expect(config.tiersFile && files[config.tiersFile]).toBe('./mine.yaml');
      expect(config.modelsFile && files[config.modelsFile]).toBe('/etc/ours.yaml');
      const without = started(worker);
      expect(without.config).toMatchObject({ tiersFile: undefined, modelsFile: undefined });
      expect(Object.values(without.files)).toEqual(['/dev/null', '/dev/null']);
    },
  );
});

describe('the image recipe', () => {
  test('ends as an ordinary user with the Node that a clone would bring', () => {
    expect(dockerfile.match(/^USER .*$/gm)).toEqual(['USER node']);
    const pinned = /'linux-x64': \{[^}]*version: '(\d+\.\d+)/.exec(readFileSync('src/bootstrap/node.js', 'utf8'))?.[1];
    expect([...dockerfile.matchAll(/^FROM node:([\d.]+)/gm)].map(([, version]) => version)).toEqual([pinned, pinned]);
  });

  test('copies only what exists and what the build context holds', () => {
    const held = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources]) => sources?.split(' ') ?? [],
    );
    expect(copied.toSorted()).toEqual(held.toSorted());
    for (const path of copied) expect(existsSync(path)).toBe(true);
  });
});
