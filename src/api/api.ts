import type { Duplex } from 'node:stream';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../lib/clock.ts';
import { createTurns } from '../lib/turns.ts';
import { installAuth, refuseForeignNames } from './auth.ts';
import { boundConnections } from './connections.ts';
import { installConsole } from './console.ts';
import type { ApiDeps } from './deps.ts';
import { type App, answerError, validatorCompiler } from './http.ts';
import { installOpenApi } from './openapi.ts';
import { installPlainInput, refuseDepth, refuseNoText } from './plain-input.ts';
import { contentPolicy } from './policy.ts';
import { takeRequestsInTurns } from './request-turns.ts';
import { alertResponseRoutes } from './routes/alert-response.ts';
import { alertRoutes } from './routes/alerts.ts';
import { answerPageRoutes } from './routes/answer-page.ts';
import { backupRoutes } from './routes/backup.ts';
import { deviceActRoutes } from './routes/device-acts.ts';
import { deviceCommandRoutes } from './routes/device-commands.ts';
import { deviceRoutes } from './routes/devices.ts';
import { ingestRoutes } from './routes/ingest.ts';
import { liveRoutes } from './routes/live.ts';
import { maintenanceRoutes } from './routes/maintenance.ts';
import { mapRoutes } from './routes/map.ts';
import { MQTT_SUBPROTOCOLS, mqttRoute } from './routes/mqtt.ts';
import { notifyRoutes } from './routes/notify.ts';
import { notifyCallbackRoutes } from './routes/notify-callbacks.ts';
import { notifySheetRoutes } from './routes/notify-sheets.ts';
import { planRoutes } from './routes/plans.ts';
import { pointDefinitionRoutes } from './routes/point-definitions.ts';
import { pointRoutes } from './routes/points.ts';
import { previewRoutes } from './routes/preview.ts';
import { previewJobRoutes } from './routes/preview-jobs.ts';
import { proposalRoutes } from './routes/proposals.ts';
import { pushRoutes } from './routes/pushes.ts';
import { readingFileRoutes } from './routes/reading-files.ts';
import { ruleTestRoutes } from './routes/rule-tests.ts';
import { sessionRoutes } from './routes/session.ts';
import { silenceRoutes } from './routes/silences.ts';
import { siteRoutes } from './routes/site.ts';
import { siteChangeRoutes } from './routes/site-changes.ts';
import { sourceRoutes } from './routes/sources.ts';
import { spreadsheetRoutes } from './routes/spreadsheet.ts';
import { systemRoutes } from './routes/system.ts';
import { tellingRoutes } from './routes/telling.ts';
import { templateRoutes } from './routes/templates.ts';
import { thresholdTableRoutes } from './routes/threshold-table.ts';
import { thresholdRoutes } from './routes/thresholds.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { trialRoutes } from './routes/trials.ts';
import { userRoutes } from './routes/users.ts';
import { takeWholeBodies } from './whole-bodies.ts';

export interface ApiOptions {
  /** The folder of the built console; without it, or when it is not there, a page says so. */
  readonly consoleDir?: string | undefined;
  /** Bearer token for /metrics from other machines. */
  readonly metricsToken?: string | undefined;
  /** Proxies whose X-Forwarded-* headers are believed: addresses or networks, or `true` for any. */
  readonly trustProxy?: boolean | string | undefined;
  /** Marks the cookie Secure also where the proxy that ends TLS is not in `trustProxy`. */
  readonly secureCookies?: boolean | undefined;
  /** Takes over MQTT connections that come in over WebSocket at /mqtt, with the caller's address; without it they are refused. */
  readonly onMqttSocket?: ((stream: Duplex, address: string) => void) | undefined;
  /** MQTT clients need not say who they are: then nobody may come here by a name that could be anybody's. */
  readonly isWithoutLogin?: boolean | undefined;
  /** Connections, and of these from one address; the one that has been without a call for the longest makes room. */
  readonly connectionsMax?: { readonly inAll: number; readonly perNetwork: number } | undefined;
  readonly clock?: Clock;
  /** By which new connections are let in; default `clock`. Sockets come when they come, whatever time it is for readings. */
  readonly doorClock?: Clock;
}

const PREFIX = '/api/v1';
const ARRIVAL_MS = 30_000;
/** A message of a console's WebSocket; those that carry MQTT are handed on as they come in. */
const WS_MESSAGE_BYTES_MAX = 1 << 20;
/** How long a client may take to answer the goodbye when the server stops. */
const WS_GOODBYE_MS = 1_000;
const CLOSE_GOING_AWAY = 1001;

/**
 * The HTTP server with every route, ready but not listening: `app.listen` is the caller's, `app.inject` is for tests.
 * Closing it ends all WebSockets.
 */
export async function buildApi(deps: ApiDeps, options: ApiOptions = {}): Promise<App> {
  const clock = options.clock ?? systemClock;
  const app = Fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy ?? false,
    // Ids are up to 128 characters, and a Chinese one takes nine bytes each when escaped.
    routerOptions: { maxParamLength: 2_048 },
    frameworkErrors: answerError,
    // Headers and most bodies come whole within this time, or the connection is closed; the limit for bodies is our own,
    // because that of Node holds for a long file too.
    http: { headersTimeout: ARRIVAL_MS },
    // A console that stays connected must not hold up the end of the server.
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  takeRequestsInTurns(app.server, clock);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  acceptJson(app);
  takeWholeBodies(app, clock, ARRIVAL_MS);
  installPlainInput(app);
  const { isWithoutLogin = false } = options;
  if (isWithoutLogin) refuseForeignNames(app);

  const policy = { tileOrigin: deps.map.tileOrigin };
  await app.register(helmet, { ...HELMET, contentSecurityPolicy: contentPolicy(policy) });
  await app.register(cookie);
  await app.register(websocket, {
    options: {
      perMessageDeflate: false,
      maxPayload: WS_MESSAGE_BYTES_MAX,
      handleProtocols: (offered) => MQTT_SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
    },
    errorHandler: (error, socket: WebSocket, request) => {
      request.log.debug({ err: error }, 'websocket ended');
      socket.terminate();
    },
    preClose(done) {
      const { clients } = this.websocketServer;
      for (const client of clients) client.close(CLOSE_GOING_AWAY, 'the server is stopping');
      clock.after(WS_GOODBYE_MS, () => {
        for (const client of clients) client.terminate();
      });
      this.websocketServer.close();
      done();
    },
  });
  installAuth(app, deps.accounts, PREFIX, clock);
  const strangers = boundConnections(app, clock, options.connectionsMax, options.doorClock);
  /** WebSocket frames that come by the hundred in one read may take half of the time. */
  const frameTurns = createTurns(clock, 1);
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith(PREFIX)) reply.header('cache-control', 'no-store');
  });
  await installOpenApi(app, deps.version, PREFIX);

  const routes = [
    systemRoutes(deps, options.metricsToken),
    sourceRoutes(deps),
    sessionRoutes(deps, clock, options.secureCookies ?? false),
    userRoutes(deps),
    tokenRoutes(deps),
    mapRoutes(deps.map),
    siteRoutes(deps),
    siteChangeRoutes(deps),
    deviceRoutes(deps),
    deviceCommandRoutes(deps),
    deviceActRoutes(deps),
    trialRoutes(deps),
    backupRoutes(deps),
    pointRoutes(deps),
    pointDefinitionRoutes(deps),
    readingFileRoutes(deps, clock),
    ingestRoutes(deps, clock, { isWithoutLogin, onKnown: strangers.leave }),
    pushRoutes(deps, clock, strangers.leave),
    thresholdRoutes(deps),
    proposalRoutes(deps),
    previewRoutes(deps),
    tellingRoutes(deps),
    silenceRoutes(deps),
    notifyRoutes(deps),
    notifySheetRoutes(deps),
    notifyCallbackRoutes(deps, clock),
    previewJobRoutes(deps),
    ruleTestRoutes(deps),
    templateRoutes(deps),
    thresholdTableRoutes(deps),
    spreadsheetRoutes(deps),
    alertRoutes(deps, clock),
    alertResponseRoutes(deps, clock),
    planRoutes(deps),
    maintenanceRoutes(deps, clock),
    liveRoutes(deps, clock, frameTurns),
  ];
  for (const route of routes) await app.register(route, { prefix: PREFIX });
  await app.register(answerPageRoutes(deps.telling, clock));
  if (options.onMqttSocket !== undefined) await app.register(mqttRoute(options.onMqttSocket, frameTurns));
  await installConsole(app, options.consoleDir, policy);
  await app.ready();
  return app;
}

/**
 * Bodies are JSON; a page of another site can send text or a form without asking, but not JSON. A call whose body is
 * optional may be sent without one, with or without a content type.
 */
function acceptJson(app: App): void {
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const text = body.toString();
    try {
      refuseDepth(text);
    } catch (error) {
      return done(error as Error);
    }
    parseJson(request, text, (error, parsed) => {
      if (error !== null) return done(error);
      try {
        refuseNoText(text, parsed);
        done(null, parsed);
      } catch (problem) {
        done(problem as Error);
      }
    });
  });
  app.addHook('preValidation', async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') request.body ??= {};
  });
}

const HELMET = {
  // These speak for the whole host, also for other programs on other ports, and are ignored with a warning on plain
  // HTTP, which is what an isolated control room network often has. A proxy that ends TLS is the place to set them.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
} as const;
