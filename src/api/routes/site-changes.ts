import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { logsIn } from '../../model/logs-in.ts';
import { resolveName } from '../../model/resolve-name.ts';
import type { Profile } from '../../model/site.ts';
import type { SiteContents } from '../../model/site-change.ts';
import { LINE_NAMES } from '../../model/source-setup.ts';
import type { profileViewSchema, siteContentsSchema } from '../../wire/site.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { metricView } from '../point-view.ts';
import { ProblemError } from '../problems.ts';
import { pageByKey } from '../query.ts';
import { route } from '../route.ts';
import { invalidSite, refusingInvalidLater } from '../site-problems.ts';

/** 100,000 points with four limits each are about 60 MB. */
const SITE_BYTES_MAX = 128 << 20;

/** The site as a whole: what it consists of, and making it equal to something else. */
export function siteChangeRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /profiles',
      { access: 'viewer', tags: ['site'], summary: 'Profiles: the kinds of device there are, and what they measure' },
      async (request) => {
        const { items, next } = pageByKey(deps.registry.profiles(), (profile) => profile.id, request.query);
        return { items: items.map((profile) => profileView(profile, deps)), next };
      },
    );

    route(
      app,
      'PUT /profiles/{id}/names',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Replace the names of a profile and its metrics',
        description:
          'What is left out goes by its id. Everything else of a profile comes from its file ' +
          '(`devices/<profile>/profile.yaml`, `POST /site`).',
      },
      async (request) => {
        const { id } = request.params;
        const find = () => deps.registry.profiles().find((profile) => profile.id === id);
        if (find() === undefined) throw new ProblemError('unknown-profile', { detail: id });
        await refusingInvalidLater(deps.site.putProfileNames(id, request.body, principalOf(request).name));
        const named = find();
        if (named === undefined) throw new ProblemError('unknown-profile', { detail: id });
        return profileView(named, deps);
      },
    );

    route(
      app,
      'POST /profiles/{id}/retry',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Have uplinks that wait in quarantine decoded again',
        description:
          'Of the devices of a profile those that its codec could not read, that came while it was switched off, or while ' +
          'there was none. They leave the quarantine; what cannot be read again comes back to it. Their readings bear the ' +
          'time of reception and are marked late: history has them, live alerts do not change. 409 `no-codec` while there is no codec that ' +
          'could read them: put another one in its place first (`POST /site`, `brink apply`).',
      },
      async (request) => {
        const { id } = request.params;
        const profile = deps.registry.profiles().find((one) => one.id === id);
        if (profile === undefined) throw new ProblemError('unknown-profile', { detail: id });
        if (profile.codec === undefined || deps.codecs.off(id) !== undefined) {
          throw new ProblemError('no-codec', { detail: id });
        }
        return { uplinks: await deps.codecs.retry(id) };
      },
    );

    route(
      app,
      'GET /site',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'The site as the files would say it, without secrets',
        description: 'What `brink export` writes down. The ETag changes with the contents.',
      },
      async (_request, reply) => {
        const text = JSON.stringify(deps.site.contents());
        // It has been through the schema once, on its way in; for a large site once more would take seconds.
        reply.header('etag', tagOf(text)).serializer((body: string) => body);
        return reply
          .type('application/json; charset=utf-8')
          .send(text as unknown as z.infer<typeof siteContentsSchema>);
      },
    );

    route(
      app,
      'POST /site',
      {
        access: 'admin',
        bodyLimit: SITE_BYTES_MAX,
        tags: ['site'],
        summary: 'Make the site equal to this, in one transaction',
        description:
          'What is not in the body is removed. A device given without a secret keeps the one it has. Answers once ' +
          'the new site is in force, with what was different. With `dryRun=true` nothing changes, and what would be ' +
          'refused is refused. With `If-Match` (the ETag of `GET /site`, or of a dry run) 412 when the site has been ' +
          'changed since. Where a second person must approve what makes an orange or red level harder to reach, such ' +
          'changes are refused here with `approval-required`: propose them with `PATCH /thresholds` first. A site of tens of thousands of points takes seconds, in which acknowledgements wait.',
      },
      async (request, reply) => {
        const condition = request.headers['if-match'];
        const present = tagOf(JSON.stringify(deps.site.contents()));
        if (condition !== undefined && condition.trim() !== '*' && condition.trim() !== present) {
          reply.header('etag', present);
          throw new ProblemError('site-lost-race');
        }
        const contents: SiteContents = request.body;
        const { by, last } = deps.site.origin();
        const origin = { by, last: last === null ? null : { author: last.author, at: last.atMs } };
        const weakened = deps.proposals.required ? deps.site.weakenings(contents) : [];
        if (request.query.dryRun) {
          reply.header('etag', present);
          return {
            applied: false,
            differences: refusingInvalid(() => deps.site.difference(contents)),
            weakened,
            origin,
          };
        }
        if (weakened.length > 0) throw new ProblemError('approval-required', { members: { weakened } });
        const differences = await refusingInvalidLater(deps.site.apply(contents, principalOf(request).name));
        reply.header('etag', tagOf(JSON.stringify(deps.site.contents())));
        return { applied: differences.length > 0, differences, weakened, origin };
      },
    );
  };
}

function profileView(profile: Profile, { codecs }: Pick<ApiDeps, 'codecs'>): z.infer<typeof profileViewSchema> {
  const { id, family, name, reportEvery, metrics, codec } = profile;
  const off = codecs.off(id);
  return {
    id,
    family,
    name: resolveName(name, id),
    reportEvery,
    metrics: Object.fromEntries(Object.entries(metrics).map(([field, metric]) => [field, metricView(field, metric)])),
    logsIn: logsIn(profile),
    speaks: LINE_NAMES.filter((name) => profile.protocol?.[name] !== undefined),
    codec:
      codec === undefined
        ? null
        : {
            file: codec.file,
            bytes: Buffer.byteLength(codec.source),
            freshContext: codec.freshContext,
            off: off === undefined ? null : { fault: off.fault, detail: off.detail, at: off.atMs },
          },
  };
}

function tagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url')}"`;
}

function refusingInvalid<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw invalidSite(error);
  }
}
