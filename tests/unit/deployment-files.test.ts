import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config.ts';

/** No Docker is needed to see that the files fit together: services, volumes, settings and secrets name what there is. */

const service = z.strictObject({
  build: z.string().optional(),
  image: z.string().optional(),
  restart: z.literal('unless-stopped'),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_started', 'service_healthy']) }))
    .optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string().regex(/^(127\.0\.0\.1:)?\d+:\d+$/)).optional(),
  volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro)?$/)).optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
      start_period: z.string().optional(),
    })
    .optional(),
  stop_grace_period: z.string().optional(),
});
const fileSchema = z.strictObject({
  services: z.record(z.string(), service.partial()),
  volumes: z.record(z.string(), z.null()),
});
/** Each is laid over those before it. */
const FILES = ['docker-compose.yml', 'docker-compose.influx.yml', 'docker-compose.grafana.yml'] as const;
const texts = new Map(FILES.map((file) => [file, readFileSync(file, 'utf8')]));
const alone = laidOver(FILES.slice(0, 1));
const compose = laidOver(FILES);

function laidOver(files: readonly (typeof FILES)[number][]) {
  const services: Record<string, z.infer<typeof fileSchema>['services'][string]> = {};
  const volumes: Record<string, null> = {};
  for (const file of files) {
    const parsed = fileSchema.parse(parse(texts.get(file) ?? ''));
    Object.assign(volumes, parsed.volumes);
    for (const [name, own] of Object.entries(parsed.services)) {
      const below = services[name];
      services[name] = { ...below, ...own, environment: { ...below?.environment, ...own.environment } };
    }
  }
  return { services: z.record(z.string(), service).parse(services), volumes };
}

/** What Compose asks for before it starts anything, whichever services are wanted. */
function variablesOf(files: readonly (typeof FILES)[number][]): string[] {
  return files.flatMap((file) =>
    [...(texts.get(file) ?? '').matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? ''),
  );
}
const secrets = readFileSync('.env.example', 'utf8');

test('every service stands on an image or a build, every volume and dependency exists', () => {
  for (const [name, { build, image, depends_on: dependencies = {}, volumes = [] }] of Object.entries(
    compose.services,
  )) {
    expect(
      [build, image].filter((one) => one !== undefined),
      name,
    ).toHaveLength(1);
    for (const dependency of Object.keys(dependencies)) expect(compose.services).toHaveProperty(dependency);
    for (const volume of volumes) {
      const source = volume.split(':')[0] ?? '';
      if (!source.startsWith('.')) expect(compose.volumes).toHaveProperty(source);
    }
  }
});

test('a service that another one waits for says when it is well', () => {
  const waitedFor = Object.values(compose.services).flatMap(({ depends_on: dependencies = {} }) =>
    Object.entries(dependencies).flatMap(([name, { condition }]) => (condition === 'service_healthy' ? [name] : [])),
  );
  for (const name of waitedFor) expect(compose.services[name]?.healthcheck).toBeDefined();
});

test('every service says when it is well, ours by its image', () => {
  const image = readFileSync('Dockerfile', 'utf8');
  for (const [name, { build, healthcheck }] of Object.entries(compose.services)) {
    if (build === undefined) expect(healthcheck, name).toBeDefined();
    else expect(image).toMatch(/^HEALTHCHECK .*\n? *.*\/api\/v1\/health/m);
  }
});

test('Prometheus asks the address of the metrics with a token, at a port that is there', () => {
  const scrape = z.strictObject({
    job_name: z.string(),
    metrics_path: z.literal('/api/v1/metrics'),
    scrape_interval: z.string().regex(/^\d+s$/),
    authorization: z.strictObject({ type: z.literal('Bearer'), credentials_file: z.string().startsWith('/') }),
    static_configs: z.array(z.strictObject({ targets: z.array(z.string()) })),
  });
  const { scrape_configs: configs } = z
    .strictObject({ scrape_configs: z.array(scrape).min(1) })
    .parse(parse(readFileSync('docs/prometheus/prometheus.yml', 'utf8')));
  const ports = (compose.services.brink?.ports ?? []).map((port) => `brink:${port.split(':')[1]}`);
  for (const target of configs.flatMap((config) => config.static_configs.flatMap(({ targets }) => targets))) {
    expect(ports).toContain(target);
  }
});

test('Grafana is provisioned with the data source and dashboards that the compose file gives it', () => {
  const source = z.strictObject({
    name: z.string(),
    uid: z.string(),
    type: z.literal('influxdb'),
    access: z.literal('proxy'),
    url: z.literal('http://influxdb:8086'),
    jsonData: z.strictObject({
      version: z.literal('InfluxQL'),
      dbName: z.literal(compose.services.influxdb?.environment?.DOCKER_INFLUXDB_INIT_BUCKET ?? ''),
      httpMode: z.enum(['GET', 'POST']),
      httpHeaderName1: z.literal('Authorization'),
    }),
    secureJsonData: z.strictObject({ httpHeaderValue1: z.string().regex(/^Token \$\{INFLUX_TOKEN\}$/) }),
  });
  const sources = z.strictObject({ apiVersion: z.literal(1), datasources: z.array(source).length(1) });
  sources.parse(parse(readFileSync('docs/grafana/provisioning/datasources/influxdb.yaml', 'utf8')));
  expect(compose.services.grafana?.environment).toHaveProperty('INFLUX_TOKEN');

  const provider = z.strictObject({
    name: z.string(),
    type: z.literal('file'),
    allowUiUpdates: z.boolean(),
    options: z.strictObject({ path: z.string() }),
  });
  const { providers } = z
    .strictObject({ apiVersion: z.literal(1), providers: z.array(provider).min(1) })
    .parse(parse(readFileSync('docs/grafana/provisioning/dashboards/brink.yaml', 'utf8')));
  const mounted = (compose.services.grafana?.volumes ?? []).map((volume) => volume.split(':')[1]);
  for (const { options } of providers) expect(mounted).toContain(options.path);
});

test('every variable is in .env.example, and no secret has a value in a file', () => {
  for (const name of new Set(variablesOf(FILES))) expect(secrets).toMatch(new RegExp(`^${name}=`, 'm'));
  for (const line of secrets.split('\n')) if (/(PASSWORD|TOKEN)=/.test(line)) expect(line).toMatch(/=$/);
});

test('the server takes the settings the file gives it', () => {
  const settingsOf = ({ services }: typeof compose) => {
    const given = Object.entries(services.brink?.environment ?? {}).map(
      ([name, value]) => [name, value.startsWith('${') ? 'a-secret-of-some-length' : value] as const,
    );
    return loadConfig([], Object.fromEntries(given));
  };
  expect(settingsOf(alone)).toMatchObject({ history: 'embedded' });
  expect(settingsOf(compose)).toMatchObject({ history: 'influx', influxBucket: 'readings', influxOrg: 'brink' });
});

test('Brink alone asks for its own secrets and nobody else’s', () => {
  expect(Object.keys(alone.services)).toEqual(['brink']);
  expect(variablesOf(FILES.slice(0, 1)).sort()).toEqual(['BRINK_ADMIN_PASSWORD', 'BRINK_METRICS_TOKEN']);
});

test('no secret may be left empty, for services then take a password that everybody knows', () => {
  for (const [file, text] of texts) {
    for (const [used] of text.matchAll(/\$\{[^}]*\}/g)) expect(used, file).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
  }
  const { grafana } = compose.services;
  expect(grafana?.environment?.GF_SECURITY_ADMIN_PASSWORD).toMatch(/^\$\{GRAFANA_PASSWORD:\?/);
  expect(grafana?.environment?.INFLUX_TOKEN).not.toBe(compose.services.brink?.environment?.BRINK_INFLUX_TOKEN);
});

test('only Brink can be reached from elsewhere', () => {
  for (const [name, { ports = [] }] of Object.entries(compose.services)) {
    for (const port of ports) if (name !== 'brink') expect(port, name).toMatch(/^127\.0\.0\.1:/);
  }
});

/** Whether .dockerignore keeps a file from the builder: the last pattern that fits it or a folder above it decides. */
function isIgnored(file: string): boolean {
  const folders = file.split('/').map((_, depth, parts) => parts.slice(0, depth + 1).join('/'));
  let ignored = false;
  for (const line of readFileSync('.dockerignore', 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line.replace(/^!/, '').split('/');
    const source = pattern.map((part) =>
      part === '**' ? '(.*/)?' : `${part.replace(/[.]/g, '\\.').replace(/\*/g, '[^/]*')}/`,
    );
    const fits = new RegExp(`^${source.join('')}$`);
    if (folders.some((folder) => fits.test(`${folder}/`))) ignored = !line.startsWith('!');
  }
  return ignored;
}

test('no secret and no data reaches the image, and all that it is built from does', () => {
  const secret = [
    '.env',
    '.env.production',
    'thresholds/.env',
    'data/installation.key',
    'data/accounts.db',
    'backups/2026-07-01/accounts.db',
    'devices/accounts.db',
    'fullchain.pem',
    'tls/privkey.pem',
    'src/privkey.pem',
    'brink.json',
    'brink.yaml',
    '.git/config',
    '.npmrc.bak',
    'node_modules/mqtt/package.json',
  ];
  expect(secret.filter((file) => !isIgnored(file))).toEqual([]);
  const image = readFileSync('Dockerfile', 'utf8');
  const copied = [...image.matchAll(/^COPY (?!--)(.*) \S+$/gm)].flatMap((match) => (match[1] ?? '').split(' '));
  const needed = [
    ...copied.filter((file) => file !== '.'),
    'tsconfig.json',
    'vite.config.ts',
    'devices/site.yaml',
    ...['src', 'simulator', 'thresholds'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    ),
  ];
  expect(copied).toContain('package.json');
  expect(needed.filter(isIgnored)).toEqual([]);
});

test('Grafana’s dashboards ask the data source that is provisioned, for fields that are written; what they count is readings of any type', () => {
  const { datasources } = parse(readFileSync('docs/grafana/provisioning/datasources/influxdb.yaml', 'utf8')) as {
    datasources: { uid: string }[];
  };
  for (const name of readdirSync('docs/grafana/dashboards')) {
    const text = readFileSync(`docs/grafana/dashboards/${name}`, 'utf8');
    const uids = new Set([...text.matchAll(/"type": "influxdb",\s*"uid": "([^"]+)"/g)].map((match) => match[1]));
    expect([...uids]).toEqual(datasources.map(({ uid }) => uid));
    expect(text).toContain('\\"number\\"');
    const counted = [...text.matchAll(/count\(\\"(\w+)\\"\)/g)].map((match) => match[1]);
    // Each reading has marks, whatever its type.
    expect(new Set(counted)).toEqual(new Set(['marks']));
  }
});
