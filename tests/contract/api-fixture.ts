import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { respond } from '../../src/alerts/responding.ts';
import { type Accounts, openAccounts } from '../../src/api/accounts.ts';
import { type ApiOptions, buildApi } from '../../src/api/api.ts';
import type { ApiDeps, SiteMap, Telling, Thresholds } from '../../src/api/deps.ts';
import type { App } from '../../src/api/http.ts';
import { tryMessage } from '../../src/decode/trial.ts';
import { createHttpIngest } from '../../src/gateways/http/http-ingest.ts';
import { createPushes } from '../../src/gateways/http/pushes.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import type { Alert, AlertEvent, EventType } from '../../src/model/alert.ts';
import { PointsInUseError } from '../../src/model/device-act.ts';
import type { OperatorAction } from '../../src/model/entry.ts';
import type { Maintenance } from '../../src/model/maintenance.ts';
import type { Bucket, Sample } from '../../src/model/reading.ts';
import type { RefusedName } from '../../src/model/refused-name.ts';
import type { AreaRecord, DeviceRecord, PointRecord } from '../../src/model/registry.ts';
import { isResponding } from '../../src/model/response.ts';
import { responseRefusal } from '../../src/model/response-act.ts';
import { mayAct, ROLES, type Role } from '../../src/model/roles.ts';
import type { Profile } from '../../src/model/site.ts';
import type { ThresholdChange, ThresholdFailure } from '../../src/model/threshold-change.ts';
import type { ThresholdRevision } from '../../src/model/threshold-records.ts';
import { createHub, type Hub } from '../../src/push/hub.ts';
import { NO_PLANS } from '../../src/registry/plans.ts';
import { createDeviceWatch } from '../../src/services/observe/watched.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { routeOf } from '../support/native-route.ts';

export const NOW_MS = 1_700_000_000_000;
/** The name of the alert log. */
export const LOG = 'log';
export const PASSWORDS: Record<Role, string> = {
  viewer: 'viewer-password',
  operator: 'operator-password',
  engineer: 'engineer-password',
  admin: 'admin-password',
};

/** A small site in memory behind the real API, hub and accounts. */
export interface Fixture {
  readonly app: App;
  readonly hub: Hub;
  readonly accounts: Accounts;
  /** What the fixture lives by, unless it was given another clock. */
  readonly clock: FakeClock;
  readonly state: State;
  /** Bearer tokens, one for each role. */
  readonly tokens: Record<Role, string>;
  /** Operators' actions that have been begun. */
  acting(): number;
  /** Headers of a logged-in console of the role, with the CSRF header. */
  session(role: Role): Promise<Record<string, string>>;
  /** Appends to the alert log and publishes, as the server does. */
  emit(event: EventType, alert: Alert, by?: string): AlertEvent;
}

export interface State {
  areas: AreaRecord[];
  points: PointRecord[];
  devices: DeviceRecord[];
  alerts: Map<string, Alert>;
  log: AlertEvent[];
  maintenance: Maintenance[];
  samples: Map<number, Sample[]>;
  revisions: Map<string, ThresholdRevision[]>;
  online: Set<string>;
  refusedNames: RefusedName[];
  profiles: Profile[];
  healthy: 'ok' | 'degraded' | 'failing';
  acting: 'well' | 'failing' | 'stuck';
  historyFails: boolean;
  /** What an export gives; null: the server is busy. */
  file: AsyncGenerator<Uint8Array, void, void> | null;
  actions: number;
}

export const alert = (id: string, fields: Partial<Alert> = {}): Alert => ({
  id,
  point: 'canteen-gas',
  area: 'market',
  metric: 'ch4',
  rule: 'gas',
  level: 'yellow',
  state: 'active',
  acknowledged: false,
  unverified: false,
  latched: false,
  shelvedUntil: null,
  value: 26,
  limit: 25,
  unit: '%LEL',
  raisedAt: NOW_MS - 60_000,
  receivedAt: NOW_MS - 59_900,
  clearedAt: null,
  peak: { value: 26, at: NOW_MS - 60_000, level: 'yellow' },
  thresholdRevision: 1,
  seq: 0,
  kind: 'levels',
  device: 'gas-01',
  family: 'gas',
  recoveredAt: null,
  retrospective: false,
  suppressed: false,
  suppressedBy: null,
  announcedAt: NOW_MS - 59_900,
  chattering: false,
  repeats: 0,
  label: null,
  ...fields,
});

function site(): Pick<State, 'areas' | 'points' | 'devices'> {
  const areas: AreaRecord[] = [
    { id: 'zhengyang', parent: null, name: { zh: '正阳街道', en: 'Zhengyang' }, outline: null, location: null },
    {
      id: 'market',
      parent: 'zhengyang',
      name: { zh: '农贸市场', en: 'Market' },
      outline: [
        [
          [108.7, 29.5],
          [108.8, 29.5],
          [108.8, 29.6],
          [108.7, 29.5],
        ],
      ],
      location: null,
    },
    { id: 'elsewhere', parent: null, name: { zh: '别处', en: 'Elsewhere' }, outline: null, location: null },
  ];
  const number = { type: 'number' as const };
  const points: PointRecord[] = [
    {
      id: 'canteen-gas',
      area: 'market',
      device: 'gas-01',
      family: 'gas',
      name: { zh: '食堂燃气', en: 'Canteen gas' },
      location: [108.75, 29.52],
      labels: {},
      metrics: {
        ch4: { ...number, unit: '%LEL', range: [0, 100], name: { zh: '甲烷' }, series: 1 },
        alarm: { type: 'boolean', series: 2 },
        mode: { type: 'string', series: 3 },
      },
      reportEveryMs: 30_000,
    },
    ...[1, 2, 3, 4, 5, 6, 7].map(
      (n): PointRecord => ({
        id: `underpass-0${n}`,
        area: n === 7 ? 'elsewhere' : 'zhengyang',
        device: 'water-01',
        family: 'waterlogging',
        name: { zh: `下穿通道${n}`, en: `Underpass ${n}` },
        location: null,
        labels: {},
        metrics: { depth: { ...number, unit: 'cm', range: [0, 300], series: 10 + n } },
        reportEveryMs: 60_000,
      }),
    ),
  ];
  const device = (id: string, family: 'gas' | 'waterlogging'): DeviceRecord => ({
    id,
    profile: `${family}-profile`,
    family,
    name: { zh: id, en: id },
    reportEveryMs: 30_000,
    hasSecret: true,
    grantedAlerts: false,
    points: points.filter((point) => point.device === id).map((point) => point.id),
    fields: [],
  });
  return { areas, points, devices: [device('gas-01', 'gas'), device('water-01', 'waterlogging')] };
}

/** The accounts file with a user for each role. Hashing their passwords is slow, so it is done once. */
let seeded: Promise<Buffer> | undefined;

async function seed(): Promise<Buffer> {
  const dir = mkdtempSync(join(tmpdir(), 'brink-api-'));
  const file = join(dir, 'accounts.db');
  const { accounts } = await openAccounts({ file, clock: createFakeClock(NOW_MS), adminPassword: PASSWORDS.admin });
  for (const role of ROLES) {
    if (role === 'admin') continue;
    await accounts.createUser({ username: role, role, password: PASSWORDS[role], mustChangePassword: false });
  }
  accounts.close();
  const bytes = readFileSync(file);
  rmSync(dir, { recursive: true });
  return bytes;
}

export async function fixture(
  options: ApiOptions & {
    readonly hubLimits?: { highWaterBytes: number; backlogBytesMax: number };
    readonly map?: SiteMap;
    /** What takes devices' messages; otherwise one that stores them nowhere, for devices with `secret of ID`. */
    readonly ingest?: ApiDeps['ingest'];
    readonly push?: ApiDeps['push'];
    readonly log?: ApiDeps['log'];
  } = {},
): Promise<Fixture> {
  const dir = mkdtempSync(join(tmpdir(), 'brink-api-'));
  const fakeClock = createFakeClock(NOW_MS);
  const clock = options.clock ?? fakeClock;
  const file = join(dir, 'accounts.db');
  seeded ??= seed();
  writeFileSync(file, await seeded);
  const { accounts } = await openAccounts({ file, clock, localToken: 'the-local-token' });
  const tokens = {} as Record<Role, string>;
  for (const role of ROLES) {
    tokens[role] = accounts.createToken({ name: role, role, expiresAtMs: null, createdBy: 'admin' }).token;
  }
  const state: State = {
    ...site(),
    alerts: new Map(),
    log: [],
    maintenance: [],
    samples: new Map(),
    revisions: new Map(),
    online: new Set(['gas-01', 'water-01']),
    refusedNames: [],
    profiles: [],
    healthy: 'ok',
    acting: 'well',
    historyFails: false,
    file: null,
    actions: 0,
  };
  const hub = createHub({
    clock,
    log: LOG,
    alerts: {
      ...alertReads(state),
      responding: () => [...state.alerts.values()].filter((one) => one.state === 'closed' && isResponding(one)),
    },
    ...options.hubLimits,
  });
  const emit = (event: EventType, changed: Alert, by?: string): AlertEvent => {
    const seq = (state.log.at(-1)?.seq ?? 0) + 1;
    const alertNow = { ...changed, seq };
    state.alerts.set(changed.id, alertNow);
    const entry: AlertEvent = {
      type: 'event',
      seq,
      event,
      at: clock.nowMs(),
      by: by ?? null,
      note: null,
      cause: null,
      alert: alertNow,
    };
    state.log.push(entry);
    hub.publishEvents([entry]);
    return entry;
  };
  const { map = { view: { tiles: null, coordinates: 'wgs84' } } } = options;
  const ingest = options.ingest ?? createTestIngest(accounts, clock, options.isWithoutLogin === true).receive;
  const push = options.push ?? createTestPushes(clock);
  const app = await buildApi(
    { ...apiDeps(state, accounts, hub, clock, emit), map, ingest, push, ...(options.log && { log: options.log }) },
    { ...options, clock },
  );
  onTestFinished(async () => {
    await app.close();
    hub.close();
    accounts.close();
    rmSync(dir, { recursive: true });
  });
  return {
    app,
    hub,
    accounts,
    clock: fakeClock,
    state,
    tokens,
    acting: () => state.actions,
    emit,
    async session(role) {
      const { secret } = accounts.startSession(role);
      return { cookie: `brink_session=${secret}`, 'x-brink-csrf': '1' };
    },
  };
}

function createTestIngest(accounts: Accounts, clock: Clock, isWithoutLogin: boolean) {
  return createHttpIngest({
    clock,
    log: pino({ level: 'silent' }),
    routeOf,
    ingest(message, done) {
      message.onRead?.({ readings: 1, quarantined: null });
      done(null);
    },
    payloadBytesMax: 1 << 20,
    publishesPerSecondMax: 10_000,
    bucketOf: newBucket,
    guesses: createGuesses(clock),
    refusedNames: createRefusedNames(clock),
    authenticate(username, password) {
      if (isWithoutLogin) return { owner: 'anybody', device: null, mayFeed: () => true };
      const secret = Buffer.from(password ?? []).toString();
      if (secret === `secret of ${username}`) {
        return { owner: secret, device: username ?? '', mayFeed: (device) => device === username };
      }
      const token = username === 'token' ? accounts.token(secret) : undefined;
      if (token === undefined) return undefined;
      return { owner: token.id, device: null, mayFeed: () => mayAct(token.role, 'engineer') };
    },
  });
}

/** Pushes of nobody. */
function createTestPushes(clock: Clock) {
  return createPushes({
    clock,
    log: pino({ level: 'silent' }),
    routeOf,
    ingest: (_message, done) => done(null),
    payloadBytesMax: 1 << 20,
    mayFeed: () => true,
    guesses: createGuesses(clock),
  });
}

function alertReads(state: State) {
  return {
    open: () => [...state.alerts.values()].filter((open) => open.state !== 'closed'),
    events: (after: number, limit: number) => state.log.filter((entry) => entry.seq > after).slice(0, limit),
    headSeq: () => state.log.at(-1)?.seq ?? 0,
  };
}

function apiDeps(
  state: State,
  accounts: Accounts,
  hub: Hub,
  clock: Clock,
  emit: (event: EventType, changed: Alert, by?: string) => AlertEvent,
): Omit<ApiDeps, 'map' | 'ingest' | 'push'> {
  const watch = createDeviceWatch(clock);
  return {
    log: pino({ level: 'silent' }),
    nowMs: clock.nowMs,
    timezone: 'Asia/Shanghai',
    version: '0.0.0-test',
    mqttPorts: () => ({ plain: 1883, tls: null }),
    accounts,
    hub,
    registry: {
      profiles: () => state.profiles,
      areas: () => state.areas,
      points: () => state.points,
      point: (id) => state.points.find((point) => point.id === id),
      devices: () => state.devices,
      device: (id) => state.devices.find((device) => device.id === id),
      handovers: () => [],
      hasLimits: () => true,
    },
    live: {
      values: (point) => {
        const values: Record<string, { value: number | boolean | string; tsMs: number; quality: 'good' }> = {};
        if (point === 'canteen-gas') {
          values.ch4 = { value: 12.5, tsMs: NOW_MS - 1_000, quality: 'good' };
          values.alarm = { value: false, tsMs: NOW_MS - 1_000, quality: 'good' };
        }
        return values;
      },
      device: (id) => ({
        online: state.online.has(id),
        connected: state.online.has(id),
        lastSeenMs: null,
        clockSkewed: false,
        clockOffsetMs: 0,
        refused: 0,
        repaired: 0,
        lastRefusal: null,
      }),
    },
    alerts: {
      ...alertReads(state),
      logName: () => LOG,
      seenBy: () => [{ user: 'operator', atMs: NOW_MS - 50_000 }],
      list: (filter) =>
        [...state.alerts.values()]
          .filter((found) => filter.state === 'all' || found.state === 'active' || filter.state !== 'active')
          .filter((found) => filter.state !== 'unacknowledged' || !found.acknowledged)
          .filter((found) => filter.areas === undefined || filter.areas.includes(found.area))
          .filter((found) => filter.level === undefined || found.level === filter.level)
          .filter((found) => filter.point === undefined || found.point === filter.point)
          .filter((found) => filter.fromMs === undefined || found.raisedAt >= filter.fromMs)
          .filter((found) => filter.toMs === undefined || found.raisedAt < filter.toMs)
          .sort((a, b) => b.raisedAt - a.raisedAt || (a.id < b.id ? 1 : -1))
          .filter(
            ({ raisedAt, id }) =>
              filter.before === undefined ||
              raisedAt < filter.before.raisedAt ||
              (raisedAt === filter.before.raisedAt && id < filter.before.id),
          )
          .slice(0, filter.limit),
      get: (id) => state.alerts.get(id),
      log: (id) => state.log.filter((entry) => entry.alert.id === id),
    },
    analyses: {
      preview: async () => ({ ok: false, error: 'busy', detail: 'the fixture judges nothing' }),
      advice: async (_asked, options) => {
        options?.onProgress?.(0.25);
        return { ok: false, error: 'busy', detail: 'the fixture judges nothing' };
      },
      ruleTest: async () => ({ ok: false, error: 'busy', detail: 'the fixture judges nothing' }),
      explain: async () => ({ ok: false, error: 'busy', detail: 'the fixture judges nothing' }),
      previewPeople: async () => ({ ok: false, error: 'busy', detail: 'the fixture judges nothing' }),
    },
    telling: NOBODY_IS_TOLD,
    plans: {
      plans: () => NO_PLANS,
      revisions: () => [],
      revision: () => undefined,
      put: () => ({ ok: false, error: 'lost-race', revision: 0 }),
    },
    silences: {
      list: () => [],
      make: async (silence) => ({ ...silence, id: 'silence', endedMs: null, endedBy: null }),
      end: async () => undefined,
    },
    ruleTests: { list: () => [], get: () => undefined, keep: () => true, remove: () => false },
    previewJobs: { start: () => undefined, get: () => undefined, cancel: () => undefined },
    reread: (id) =>
      state.devices.some((device) => device.id === id)
        ? Promise.resolve({ messages: 2, readings: 5, unread: 1 })
        : undefined,
    refusedNames: () => state.refusedNames,
    watchDevice: (id) => watch.ask(id, null),
    deviceCommands: {
      of: () => undefined,
      give: () => ({ ok: false, error: 'not-connected' }),
      list: () => [],
    },
    sourceSetups: {
      list: () => [],
      revisions: () => [],
      put: async () => ({ ok: false, error: 'lost-race', revision: 3 }),
      remove: async () => ({ ok: false, error: 'unknown' }),
      test: async () => ({ ok: false, error: 'too-many' }),
    },
    tryMessage: (profile, message) => tryMessage(profile, message, { futureMaxMs: 60_000 }),
    templates: [],
    proposals: {
      required: false,
      list: () => [],
      get: () => undefined,
      approve: async () => ({ ok: false, error: 'unknown-proposal' }),
      close: () => ({ ok: false, error: 'unknown-proposal' }),
    },
    setupSheets: {
      write: async () => Buffer.from('name\r\n'),
      plan: async () => ({ ok: false, message: 'the fixture reads nothing' }),
    },
    spreadsheets: {
      write: async () => Buffer.from('point\r\n'),
      writeHandout: async () => Buffer.from('device\r\n'),
      writeTold: async () => Buffer.from('PK'),
      plan: async () => ({ ok: false, message: 'the fixture reads nothing' }),
    },
    thresholds: fakeThresholds(state, clock),
    site: {
      contents: () => ({ profiles: [], site: { areas: [], devices: [] }, thresholds: [] }),
      difference: () => [],
      origin: () => ({ by: 'seed', last: null }),
      weakenings: () => [],
      apply: async () => [],
      device: (id) => (state.devices.some((device) => device.id === id) ? { id, profile: 'p', points: [] } : undefined),
      putDevice: async () => 'changed',
      putArea: async () => 'changed',
      async removeArea(id, into) {
        const areas = state.areas.filter((area) => area.parent === id).map((area) => area.id);
        const points = state.points.filter((point) => point.area === id).map((point) => point.id);
        if (state.areas.every((area) => area.id !== id)) return { ok: false, error: 'unknown-area' };
        return into === undefined ? { ok: false, error: 'in-use', areas, points } : { ok: true };
      },
      point(id) {
        const point = state.points.find((one) => one.id === id);
        return point === undefined ? undefined : { device: point.device, point: { id, area: point.area } };
      },
      putPoint: async () => 'changed',
      async removePoint(id) {
        if (id === 'canteen-gas') throw new PointsInUseError([{ point: 'zone', rule: 'two-of-three', counts: id }]);
        return state.points.some((point) => point.id === id);
      },
      putProfileNames: async () => {},
      putTogether: async () => ({ ok: true }),
      tryTogether: () => ({ ok: true }),
      rearrange: async () => {},
      tryRearrange: () => {},
      counting: () => [],
      removeDevice: async (id) => state.devices.some((device) => device.id === id),
    },
    readingFiles: {
      async export() {
        if (state.file === null) return { ok: false, error: 'busy', detail: 'the fixture writes no files' };
        return { ok: true, pieces: state.file };
      },
      async import(input) {
        for await (const _ of input);
        return { ok: false, error: 'busy', detail: 'the fixture keeps no readings' };
      },
    },
    backup: async (folder) => ({ ok: true, folder, bytes: 1, tookMs: 1 }),
    maintenance: {
      list: ({ withEnded, before, limit }) =>
        state.maintenance
          .filter((plan) => withEnded || plan.state !== 'ended')
          .filter((plan) => before === undefined || plan.createdAt < before.createdAt)
          .toReversed()
          .slice(0, limit),
      get: (id) => state.maintenance.find((plan) => plan.id === id),
      plan: async (plan) => {
        const id = `plan-${state.maintenance.length + 1}`;
        const createdAt = clock.nowMs() + state.maintenance.length;
        const now: Maintenance = {
          ...plan,
          id,
          createdAt,
          state: 'active',
          nextAt: plan.to,
          endedAt: null,
          endedBy: null,
        };
        state.maintenance.push(now);
        return now;
      },
      end: async (id, by) => {
        const at = state.maintenance.findIndex((plan) => plan.id === id);
        const plan = state.maintenance[at];
        if (plan === undefined) throw new Error('unknown plan');
        const ended: Maintenance = { ...plan, state: 'ended', nextAt: null, endedAt: clock.nowMs(), endedBy: by };
        state.maintenance[at] = ended;
        return ended;
      },
    },
    history: {
      samples: async ({ series, fromMs, toMs, limit, newest = false }) => {
        if (state.historyFails) throw new Error('the store is down');
        const samples = (state.samples.get(series) ?? []).filter(({ tsMs }) => tsMs >= fromMs && tsMs < toMs);
        return newest ? samples.slice(-limit) : samples.slice(0, limit);
      },
      buckets: async ({ series, fromMs, toMs, everyMs }) => {
        const buckets = new Map<number, number[]>();
        for (const { tsMs, value } of state.samples.get(series) ?? []) {
          if (tsMs < fromMs || tsMs >= toMs || typeof value === 'string' || value === null) continue;
          const start = Math.floor(tsMs / everyMs) * everyMs;
          buckets.set(start, [...(buckets.get(start) ?? []), Number(value)]);
        }
        return [...buckets].map(
          ([tsMs, values]): Bucket => ({
            tsMs,
            min: Math.min(...values),
            mean: values.reduce((a, b) => a + b, 0) / values.length,
            max: Math.max(...values),
            count: values.length,
          }),
        );
      },
    },
    quarantine: {
      list: ({ limit, before }) =>
        [5, 4, 3, 2, 1]
          .filter((id) => before === undefined || id < before)
          .slice(0, limit)
          .map((id) => ({
            id,
            receivedAtMs: NOW_MS - id,
            device: 'stranger',
            topic: 'telemetry/stranger',
            reason: 'unknown-device',
            why: { code: 'unknown-device', values: {} },
            payload: '{}',
            payloadBase64: null,
            payloadBytes: 2,
          })),
    },
    codecs: { off: () => undefined, retry: async () => 0 },
    act: (action) => act(state, action, emit),
    sources: () => [],
    system: () => ({
      startedAtMs: NOW_MS,
      rates: { overMs: 60_000, messagesPerSecond: 2, readingsPerSecond: 5, refusedPerSecond: 0, alertsLastHour: 3 },
      connections: { mqtt: 4, live: 1 },
      sinceStart: { messages: 120, readings: 300, refused: 0, repaired: 0, connectionsRefused: 0 },
    }),
    health: () => ({ status: state.healthy, checks: { journal: { status: state.healthy, lag: 0 } } }),
    metrics: async () => '# HELP brink_up up\nbrink_up 1\n',
  };
}

async function act(
  state: State,
  action: OperatorAction,
  emit: (event: EventType, changed: Alert, by?: string) => AlertEvent,
): ReturnType<ApiDeps['act']> {
  state.actions += 1;
  if (state.acting === 'failing') throw new Error('disk full');
  if (state.acting === 'stuck') return new Promise(() => {});
  const found = state.alerts.get(action.alert);
  if (found !== undefined && action.do === 'respond') {
    const refused = responseRefusal(found, action.act, NOW_MS);
    if (refused !== null) return { ok: false, error: 'conflict', code: refused, detail: 'out of order' };
    const { event, alert } = respond(found, action.act, action.by, action.occurredAtMs ?? NOW_MS);
    return { ok: true, alert: emit(event, alert, action.by).alert };
  }
  if (found === undefined || action.do === 'respond' || found.state === 'closed') {
    return { ok: false, error: 'unknown-alert', code: 'alert-not-open', detail: 'not open' };
  }
  if (action.do === 'ack' && found.acknowledged) {
    return { ok: false, error: 'conflict', code: 'alert-already-acknowledged', detail: 'by somebody else' };
  }
  const changed: Alert = {
    ...found,
    ...(action.do === 'ack' ? { acknowledged: true } : {}),
    ...(action.do === 'shelve' ? { shelvedUntil: action.untilMs } : {}),
    ...(action.do === 'unshelve' ? { shelvedUntil: null } : {}),
  };
  const names = {
    ack: 'acknowledged',
    reset: 'reset',
    note: 'note',
    shelve: 'shelved',
    unshelve: 'unshelved',
    verdict: 'note',
  } as const;
  return { ok: true, alert: emit(names[action.do], changed, action.by).alert };
}

/** As on a server where nobody has set anything up. */
const NOBODY_IS_TOLD: Telling = {
  setup: () => null,
  silences: () => [],
  shown: () => null,
  revisions: () => [],
  revision: () => undefined,
  put: async () => ({ ok: false, error: 'lost-race', revision: 0 }),
  duties: () => [],
  gaps: () => [],
  textOf: () => ({ kind: 'alert', title: '', body: '', shown: null, leftOut: 0 }),
  test: async () => undefined,
  channels: () => [],
  budgetOf: () => [{ count: 18, perMs: 60_000, keptForRed: 1 }],
  callbackPath: () => null,
  callback: () => undefined,
  answerPage: async () => 'forged',
  answer: async () => 'forged',
  rehearse: async () => undefined,
  rehearsal: async () => undefined,
  messagesOf: async () => [],
  toldOf: async () => [],
  toldBetween: async () => [],
};

function fakeThresholds(state: State, clock: Clock): Thresholds {
  const forGood = { untilMs: null, revertsTo: null, approvedBy: null, proposal: null };
  const all = (point: string) => state.revisions.get(point) ?? [];
  const refusal = ({ point, expectedRevision, document }: ThresholdChange): ThresholdFailure | undefined => {
    const present = all(point).at(-1)?.revision ?? 0;
    if (present !== expectedRevision) return { ok: false, error: 'lost-race', revision: present };
    const unknown = Object.entries(document.rules).find(([, rule]) => rule.metric === 'unobtainium');
    if (unknown === undefined) return undefined;
    const path = ['rules', unknown[0], 'metric'];
    const values = { metric: 'unobtainium', known: ['depth'], more: 0 };
    return { ok: false, error: 'invalid', problems: [{ path, code: 'unknown-metric', values }] };
  };
  const write = ({ point, document, author, reason, untilMs = null }: ThresholdChange): ThresholdRevision => {
    const present = all(point).at(-1)?.revision ?? 0;
    const temporary = untilMs === null ? forGood : { ...forGood, untilMs, revertsTo: present };
    const revision = { point, revision: present + 1, document, author, reason, atMs: clock.nowMs(), ...temporary };
    state.revisions.set(point, [...all(point), revision]);
    return revision;
  };
  return {
    get: (point) =>
      all(point).at(-1) ?? {
        point,
        revision: 0,
        document: { rules: {} },
        author: 'nobody',
        atMs: 0,
        reason: null,
        ...forGood,
      },
    revision: (point, revision) => all(point).find((one) => one.revision === revision),
    schedule(wanted) {
      const { point, expectedRevision: revision, document, author, reason, fromMs, untilMs = null } = wanted;
      const failure = refusal(wanted);
      const atMs = clock.nowMs();
      const scheduled = { point, revision, document, author, atMs, reason, fromMs, untilMs, failure: null };
      return failure ?? { ok: true, scheduled };
    },
    scheduled: () => undefined,
    unschedule: () => false,
    revisions: (point, limit, before) =>
      [...all(point)]
        .reverse()
        .filter(({ revision }) => before === undefined || revision < before)
        .slice(0, limit),
    problems: () => [],
    put: async (change) => refusal(change) ?? { ok: true, revision: write(change) },
    async putAll(changes) {
      const failures = changes.flatMap((change) => {
        const failure = refusal(change);
        return failure === undefined ? [] : [{ point: change.point, ...failure }];
      });
      return failures.length > 0
        ? { ok: false, error: 'failures', failures }
        : { ok: true, revisions: changes.map(write) };
    },
    weakenings: () => [],
  };
}
