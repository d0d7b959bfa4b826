import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { drawSecret } from '../../lib/draw-secret.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { Coded } from '../../model/problem.ts';
import type { SiteDevice, SitePoint } from '../../model/site.ts';
import type { Taken } from '../../wire/calls.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { type DeviceAct, planAct, refuseAct } from '../device-acts.ts';
import { errorAt, ProblemError, preferredLanguage } from '../problems.ts';
import { route } from '../route.ts';
import { invalidSite } from '../site-problems.ts';

const MEANS =
  'With `dryRun=true` it says what it would mean and changes nothing; its ETag, given as `If-Match`, holds the act to that ' +
  '(412 `site-lost-race`). Where rules name metrics that are lost, 409 `rules-would-end` unless `endsRules=true`.';

const REASONS = {
  renamed: { zh: () => '', en: () => '' },
  'dialect-changed': { zh: () => '', en: () => '' },
  'profile-changed': {
    zh: (device: string) => `更改设备 ${device} 的型号`,
    en: (device: string) => `device ${device} is of another profile`,
  },
  moved: { zh: (device: string) => `移动设备 ${device}`, en: (device: string) => `device ${device} was moved` },
  replaced: { zh: (device: string) => `更换设备 ${device}`, en: (device: string) => `device ${device} was replaced` },
} as const;

/** What the log of an open alert says of a device that was replaced meanwhile. */
const REPLACED = {
  zh: (former: string, device: string) => `设备 ${former} 已更换为 ${device}`,
  en: (former: string, device: string) => `device ${former} was replaced by ${device}`,
} as const;

/** What people do to a device that is there: its name, its profile, its place, another one in its stead. */
export function deviceActRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  function present(id: string): SiteDevice {
    const device = deps.site.device(id);
    if (device === undefined) throw new ProblemError('unknown-device', { detail: id });
    return device;
  }

  /** Plans the act and, unless it is a trial, does it. */
  async function perform(
    request: FastifyRequest,
    reply: FastifyReply,
    wanted: Omit<DeviceAct, 'author' | 'reason'>,
    pointers: Readonly<Record<string, string>>,
  ) {
    const { dryRun, endsRules } = request.query as Taken<'PATCH /devices/{id}'>['query'];
    const language = preferredLanguage(request.headers['accept-language']);
    const reason = REASONS[wanted.act][language](wanted.before[0]?.id ?? '');
    try {
      const planned = planAct(deps, { ...wanted, author: principalOf(request).name, reason });
      reply.header('etag', planned.tag);
      const { effect } = planned;
      if (dryRun) return { applied: false, effect };
      refuseAct(planned, { endsRules, condition: request.headers['if-match'] });
      await deps.site.rearrange(planned.change);
      return { applied: true, effect };
    } catch (error) {
      throw error instanceof ConfigError ? atFields(error, pointers) : invalidSite(error);
    }
  }

  /** Whoever reads the log of an alert that is open must know that another sensor ends it. Nobody waits for that. */
  function noteInLog(request: FastifyRequest, { id: former, points }: SiteDevice, device: string): void {
    const note = REPLACED[preferredLanguage(request.headers['accept-language'])](former, device);
    const taken = new Set(points.map(({ id }) => id));
    const by = principalOf(request).name;
    for (const alert of deps.alerts.open()) {
      if (alert.point === null || !taken.has(alert.point) || alert.state !== 'active') continue;
      deps.act({ alert: alert.id, by, note, do: 'note' }).catch((error: unknown) => {
        request.log.error({ err: error, alert: alert.id }, 'it is not in the log that the device was replaced');
      });
    }
  }

  return async (app) => {
    route(
      app,
      'PATCH /devices/{id}',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Give a device another name, another profile, or a dialect of its own',
        description:
          `What is left out stays as it is; the id is what it logs in with, and stays for good. ${MEANS} With another ` +
          'profile its points keep their history; a mapping of metrics that the new profile has no fields for goes.',
      },
      async (request, reply) => {
        const before = present(request.params.id);
        const { name, profile = before.profile, protocol } = request.body;
        const { name: formerName, protocol: formerProtocol, ...rest } = before;
        const nameNow = name === undefined ? formerName : (name ?? undefined);
        const protocolNow = protocol === undefined ? formerProtocol : (protocol ?? undefined);
        const after = withProfile(deps, {
          ...rest,
          profile,
          ...(nameNow === undefined ? {} : { name: nameNow }),
          ...(protocolNow === undefined ? {} : { protocol: protocolNow }),
        });
        const act =
          profile !== before.profile ? 'profile-changed' : protocol === undefined ? 'renamed' : 'dialect-changed';
        return perform(request, reply, { act, before: [before], after: [after] }, { profile: '/profile' });
      },
    );

    route(
      app,
      'POST /devices/{id}/move',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Let a device measure at another point from now on',
        description:
          'The point it leaves is measured no longer: its open alerts clear, its history, its log and the revisions of ' +
          'its limits stay under its id, and come back into force when a device is moved there again. A point that is ' +
          `there already keeps all of that and loses the device it had. ${MEANS}`,
      },
      async (request, reply) => {
        const device = present(request.params.id);
        const { to, limits, ...place } = request.body;
        const from = pointLeft(device, place.from);
        const other = deps.registry.point(to)?.device;
        const taken = new Map<string, NonNullable<ReturnType<typeof deps.thresholds.get>>['document']>();
        if (other === device.id) throw wrong('/to', { code: 'not-another-point', values: { point: to } });
        let holder: SiteDevice | undefined;
        let point: SitePoint;
        if (other === undefined) {
          point = newPoint(to, from, place);
          const document = from === undefined ? undefined : deps.thresholds.get(from.id)?.document;
          if (limits === 'take' && document !== undefined) taken.set(to, document);
        } else {
          holder = present(other);
          point = holder.points.find(({ id }) => id === to) as SitePoint;
          const given = (['area', 'name', 'location'] as const).find((key) => place[key] !== undefined);
          if (given !== undefined) throw wrong(`/${given}`, { code: 'point-exists', values: {} });
        }
        const rest = device.points.filter(({ id }) => id !== from?.id);
        const at = from === undefined ? rest.length : device.points.indexOf(from);
        const after = withProfile(deps, { ...device, points: rest.toSpliced(at, 0, point) });
        const others = holder === undefined ? [] : [holder];
        const left = others.map((one) => ({ ...one, points: one.points.filter(({ id }) => id !== to) }));
        const wanted = { act: 'moved', before: [device, ...others], after: [after, ...left], taken } as const;
        return perform(request, reply, wanted, { area: '/area', id: '/to' });
      },
    );

    route(
      app,
      'POST /devices/{id}/replace',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Put another device in the place of one that goes',
        description:
          'The new one takes over points, profile, name and grants, in one step; limits, history and open alerts go on. ' +
          'The old one is taken out: its connections end at once and it is refused. Logs of open alerts tell of it, and `GET /points/{id}/handovers`. The secret of the new one is drawn ' +
          'and shown in this answer and never again, unless it is given, or the old one had none: what speaks through a gateway or ' +
          'a line protocol has none. A device that is registered already, of the ' +
          `same profile and without points, may be the new one; it keeps its secret unless one is given. ${MEANS}`,
      },
      async (request, reply) => {
        const old = present(request.params.id);
        const { id, secret } = request.body;
        const spare = deps.site.device(id);
        if (id === old.id) throw wrong('/id', { code: 'not-another-device', values: {} });
        if (spare !== undefined && (spare.points.length > 0 || spare.profile !== old.profile)) {
          throw new ProblemError('device-exists', { detail: id });
        }
        // One without a secret speaks through another, or by a protocol that has no place for one.
        const needsOne =
          spare === undefined && secret === undefined && deps.registry.device(old.id)?.hasSecret === true;
        const drawn = needsOne ? drawSecret() : undefined;
        const own = secret ?? drawn;
        const after: SiteDevice = { ...old, id, ...(own === undefined ? {} : { secret: own }) };
        const before = spare === undefined ? [old] : [old, spare];
        const wanted = { act: 'replaced', before, after: [after] } as const;
        const done = await perform(request, reply, wanted, { secret: '/secret' });
        if (done.applied) noteInLog(request, old, id);
        return { ...done, id, ...(drawn === undefined || !done.applied ? {} : { secret: drawn }) };
      },
    );
  };

  function pointLeft(device: SiteDevice, from: string | undefined): SitePoint | undefined {
    const points = device.points.map(({ id }) => id);
    if (from === undefined) {
      if (device.points.length > 1)
        throw wrong('/from', { code: 'not-a-point-of-device', values: { point: null, points } });
      return device.points[0];
    }
    const found = device.points.find(({ id }) => id === from);
    if (found === undefined) throw wrong('/from', { code: 'not-a-point-of-device', values: { point: from, points } });
    return found;
  }
}

/** Where something new is, with the mapping of metrics of the point the device leaves. */
function newPoint(
  id: string,
  from: SitePoint | undefined,
  { area = from?.area, name, location }: Partial<Pick<SitePoint, 'area' | 'name' | 'location'>>,
): SitePoint {
  if (area === undefined) throw wrong('/area', { code: 'area-of-point-needed', values: {} });
  return {
    id,
    area,
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location }),
    ...(from?.metrics === undefined ? {} : { metrics: from.metrics }),
  };
}

/** Its points without mappings that name fields which the profile has not; a mapping with none left stands for all. */
function withProfile(deps: ApiDeps, device: SiteDevice): SiteDevice {
  const fields = deps.registry.profiles().find(({ id }) => id === device.profile)?.metrics;
  if (fields === undefined) return device;
  const points = device.points.map(({ metrics, ...point }): SitePoint => {
    const kept = Object.entries(metrics ?? {}).filter(([, field]) => Object.hasOwn(fields, field));
    return kept.length === 0 ? point : { ...point, metrics: Object.fromEntries(kept) };
  });
  return { ...device, points };
}

function wrong(path: string, problem: Coded): ProblemError {
  return new ProblemError('validation-failed', { errors: [errorAt(path, problem)] });
}

/** What is wrong with the devices, at the fields of the body that say so. */
function atFields(error: ConfigError, pointers: Readonly<Record<string, string>>): unknown {
  const problem = invalidSite(error);
  if (!(problem instanceof ProblemError)) return problem;
  const errors = problem.extras.errors?.map(({ path, ...error }) => ({
    ...error,
    path: pointers[/[^/]*$/.exec(path)?.[0] ?? ''] ?? path,
  }));
  return new ProblemError(problem.code, { ...problem.extras, ...(errors === undefined ? {} : { errors }) });
}
