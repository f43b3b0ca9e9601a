/** No container engine is needed: what is checked is that the compose file, the image recipe and the product say the same. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config.ts';
import { TIERS } from '../../src/contracts/addresses.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.ts';
import { serverArguments } from '../../src/embedded/server.ts';

const Texts = z.array(z.string());
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
  volumes: Texts,
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
const workers = TIERS.map((tier) => ({ tier, worker: services[`${tier}-worker`] }));

describe('docker-compose.yml', () => {
  test('names nothing that it does not hold', () => {
    for (const [name, service] of all) {
      for (const [needed, { condition }] of Object.entries(service.depends_on)) {
        const isOneShot = services[needed]?.restart.startsWith('on-failure');
        expect({ name, needed, isOneShot }).toEqual({ name, needed, isOneShot: condition !== 'service_healthy' });
        if (!isOneShot) expect(services[needed]).toHaveProperty('healthcheck');
      }
      for (const volume of service.volumes) expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
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
      if (/PASSWORD|PWD|API_KEY/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
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
    const { drainSeconds, healthPort, home } = loadConfig(worker?.environment);
    expect(parseInt(worker?.stop_grace_period ?? '0', 10)).toBeGreaterThan(drainSeconds + 5);
    expect(worker?.volumes).toEqual([expect.stringMatching(new RegExp(`:${home}$`))]);
    expect(healthPort).toBeGreaterThan(0);
    expect(worker?.healthcheck?.test.join(' ')).toContain('FLOTILLA_HEALTH_PORT');
  });
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
