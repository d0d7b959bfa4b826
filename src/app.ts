import { readFileSync } from 'node:fs';
import { type AlertFollower, openAlertFollower } from './alerts/follower.ts';
import { openAlertStore } from './alerts/store.ts';
import { startTicker } from './alerts/ticker.ts';
import { openAccounts } from './api/accounts.ts';
import { buildApi } from './api/api.ts';
import { listenHttp } from './api/connections.ts';
import { startBroker } from './broker/broker.ts';
import type { CodecFollower } from './codecs/follower.ts';
import { type Config, isBeyondLoopback } from './config.ts';
import { createSparkplug } from './decode/formats/sparkplug/sparkplug.ts';
import { createIntake } from './decode/intake.ts';
import { createRouteTable } from './decode/routes.ts';
import { tryMessage } from './decode/trial.ts';
import { compilePoint } from './evaluate/compile.ts';
import { createEvaluator } from './evaluate/evaluator.ts';
import { createHttpIngest } from './gateways/http/http-ingest.ts';
import { createPushes } from './gateways/http/pushes.ts';
import { createMqttFeeds } from './gateways/mqtt-client/mqtt-client.ts';
import { tryFeed } from './gateways/mqtt-client/try-feed.ts';
import { createSparkplugHost } from './gateways/sparkplug/host.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { createGuesses } from './lib/guesses.ts';
import { createLog, type Log } from './lib/log.ts';
import { createRefusedNames } from './lib/refused-names.ts';
import { createTeardown } from './lib/teardown.ts';
import type { PointDefinition } from './model/definition.ts';
import type { FieldProblem } from './model/problem.ts';
import type { LineName } from './model/source-setup.ts';
import { answerKeyOf } from './notify/answer-link.ts';
import type { LiveSetup } from './notify/outbox/outbox.ts';
import { startChannelFollower } from './push/channel-follower.ts';
import { createHub } from './push/hub.ts';
import { openSeen } from './push/seen.ts';
import { createSirens } from './push/siren.ts';
import { openQuarantine } from './quarantine/store.ts';
import { openRegistry } from './registry/open-registry.ts';
import { ANALYSIS_THREADS, createAnalysis } from './services/analysis/analysis.ts';
import { createPreviewJobs } from './services/analysis/preview-jobs.ts';
import { createControls } from './services/changes/controls.ts';
import { createNotifySetup } from './services/changes/notify-setup.ts';
import { createPlanChanges } from './services/changes/plans.ts';
import { createReread } from './services/changes/reread.ts';
import { createReview } from './services/changes/review.ts';
import { startScheduledChanges } from './services/changes/scheduled.ts';
import { createSilences } from './services/changes/silences.ts';
import { createSourceSetup } from './services/changes/source-setup.ts';
import { startTemporaryChanges } from './services/changes/temporary.ts';
import { openDataFolder } from './services/data-folder/data-folder.ts';
import { openIdentity, tellLosses } from './services/data-folder/identity.ts';
import { createAlertReads } from './services/observe/alert-reads.ts';
import { codecStateOf } from './services/observe/codec-state.ts';
import { watchDuties } from './services/observe/duty-watch.ts';
import { createHealth } from './services/observe/health.ts';
import { createLiveReads } from './services/observe/live.ts';
import { createMetrics } from './services/observe/metrics.ts';
import { RATES_PERIOD_MS, startRates } from './services/observe/rates.ts';
import { watchRehearsals } from './services/observe/rehearsal-watch.ts';
import { TOO_LARGE_RULE, watchTooLarge } from './services/observe/too-large.ts';
import { createDeviceWatch } from './services/observe/watched.ts';
import { createTransfer } from './services/reading-files/transfer.ts';
import { createDigests } from './services/start/cluster-digests.ts';
import { startCodecFeed } from './services/start/codec-feed.ts';
import { retryUplinks } from './services/start/codec-retry.ts';
import { createCodecTrials } from './services/start/codec-trials.ts';
import { createDeviceCommands } from './services/start/device-commands.ts';
import { createFireReporting, GUARD_CHECK } from './services/start/fire-report.ts';
import { startHistoryFeed } from './services/start/history-feed.ts';
import { createIngest } from './services/start/ingest.ts';
import {
  createLineSources,
  FRAME_PROTOCOLS,
  hasDatagrams,
  LINE_PROTOCOLS,
  maySpeak,
} from './services/start/line-sources.ts';
import { hostForUrl, listening, readTls, whyNotListen } from './services/start/listen.ts';
import { createNotifying } from './services/start/notifying.ts';
import { openHistory } from './services/start/open-history.ts';
import { EVERYBODY_STARTS, type OpenedJournal, openJournal, startOf } from './services/start/open-journal.ts';
import { replay } from './services/start/replay.ts';
import { readTemplates, seed, tellPublicSecrets } from './services/start/seed.ts';
import { openSiteMap } from './services/start/site-map.ts';
import { feederOf, together } from './services/start/sources.ts';
import { createSparkplugIds } from './services/start/sparkplug-ids.ts';
import { createBackup } from './services/upkeep/backup.ts';
import { startKeeping } from './services/upkeep/keeping.ts';
import { createReserve } from './services/upkeep/reserve.ts';
import { STATES_FOLDER, startStateCopies } from './services/upkeep/state-copies.ts';
import { createSetupSheets } from './spreadsheet/setup-sheets.ts';
import { createSpreadsheets } from './spreadsheet/spreadsheet.ts';

export interface RunningApp {
  /** Addresses as a browser and an MQTT client take them. */
  readonly http: string;
  readonly mqtt: string;
  /** Where MQTT over TLS is served; null when it is not. */
  readonly mqtts: string | null;
  /** Where the line protocols are served that are switched on, by their name, as tcp://HOST:PORT. */
  readonly lines: Readonly<Partial<Record<LineName, string>>>;
  /** Whether the first admin was made at this start. */
  readonly isNew: boolean;
  /** Set when the data folder was new and nobody gave a password. */
  readonly oneTimePassword: string | null;
  close(): Promise<void>;
}

/**
 * The whole of Brink, wired: device → broker → intake → journal (fsync, acknowledgement) → followers: evaluation and
 * alerts, quarantine, history, live readings. Resolves when it takes messages. Throws ConfigError when the person who
 * starts it can mend what is wrong. `edges.notify`: who is told of what, instead of what is set up.
 */
export async function startApp(
  config: Config,
  edges: { clock?: Clock; log?: Log; notify?: LiveSetup } = {},
): Promise<RunningApp> {
  const { clock = systemClock, log = createLog(config.log) } = edges;
  const teardown = createTeardown(log);
  try {
    const map = await openSiteMap(config);
    const folder = openDataFolder(config.data);
    teardown.add('data folder', () => folder.release());
    const identity = openIdentity({ path: folder.path, history: config.history, log });
    teardown.add('identity', () => identity.close());

    // What is known: points, devices, thresholds, people.
    /** Whether a listener that somebody has set up can be reached by others than this machine. */
    let isOpenedBySetup = () => false;
    const registry = openRegistry({
      path: folder.path('registry.db'),
      hashKey: folder.key,
      validate: problemsOf,
      refusesPublicSecrets: () => isBeyondLoopback(config) || isOpenedBySetup(),
    });
    teardown.add('registry', () => registry.close());
    if (registry.isEmpty()) seed(registry, config, clock.nowMs(), log);
    tellPublicSecrets(registry, config, log);
    const { accounts, created } = await openAccounts({
      file: folder.path('accounts.db'),
      clock,
      adminPassword: config.adminPassword,
      localToken: folder.localToken,
    });
    teardown.add('accounts', () => accounts.close());

    // Right of the journal: the followers, each at its own cursor.
    const evaluation = createEvaluator();
    const store = openAlertStore(folder.path('alerts.db'), identity.findings.alertsAfter);
    teardown.add('alert store', () => store.close());
    const seen = openSeen(
      folder.path('seen.db'),
      clock,
      (error) => log.error({ err: error }, 'seen is not written'),
      identity.isNewLog ? store.headSeq() : undefined,
    );
    teardown.add('seen', () => seen.close());
    const hub = createHub({
      clock,
      log: identity.log,
      alerts: {
        open: () => alerts.open(),
        responding: () => alerts.responding(),
        events: store.events,
        headSeq: () => alerts.headSeq(),
      },
      onSeen(shown) {
        seen.note(shown);
        notifying.seen(shown);
      },
    });
    teardown.add('push', () => hub.close());
    const alerts: AlertFollower = openAlertFollower({
      evaluation,
      store,
      lostBefore: identity.findings.journalFrom,
      definitions: (ids) => registry.definitions(ids),
      onEvents(events) {
        hub.publishEvents(events);
        for (const channel of channels) channel.offer(events);
        notifying.offer(events);
        rates.take(events);
      },
      onBug: (error, position) => log.error({ err: error, position }, 'evaluation failed on a journal entry'),
    });
    const quarantine = openQuarantine(folder.path('quarantine.db'));
    teardown.add('quarantine', () => quarantine.close());

    // The journal.
    const reserve = createReserve(folder.path('reserve'));
    const watch = createDeviceWatch(clock);
    const intake = createIntake({
      clock,
      watch,
      device: registry.device,
      devicesVersion: registry.devicesVersion,
      futureMaxMs: config.clockSkewMax,
      newestMs: evaluation.newestMs,
      newestInstant: evaluation.newestInstant,
    });
    const refusedNames = createRefusedNames(clock);
    const live = createLiveReads({ registry, evaluation, intake, clock, connections: (id) => sources.connections(id) });
    const opened: OpenedJournal = await openJournal({
      config,
      path: folder.path('journal.db'),
      clock,
      log,
      definitions: () => registry.definitions([...registry.currentDefinitions()].map(({ id }) => id)),
      startAt: identity.findings.journalFrom,
      onFailure(error) {
        log.error({ error: error.message }, 'journal cannot be written; acknowledgements stop until it can');
        reserve.release();
        const control = { type: 'system', ...JOURNAL_FAILING, active: true, detail: error.message } as const;
        journal.appendUrgent({ kind: 'control', receivedAtMs: intake.stampMs(), control }, (isWritten) => {
          if (!isWritten) hub.notice(JOURNAL_FAILING.condition, error.message);
        });
      },
      onRecovery() {
        log.info('journal can be written again');
        hub.notice(JOURNAL_FAILING.condition, null);
        controls.send({ type: 'system', ...JOURNAL_FAILING, active: false, detail: 'written again' });
        // What other servers have taken meanwhile may stand behind the next tick, and must not look silent to it.
        if (opened.cluster !== undefined) controls.send(EVERYBODY_STARTS);
      },
      mayResume: () => reserve.ensure(),
    });
    const { journal } = opened;
    teardown.add('journal', () => opened.close());
    if (opened.cluster !== undefined) registry.fix();
    reserve.ensure();
    const sparkplugNames = createSparkplugIds(registry, intake.stampMs);
    const formats = {
      futureMaxMs: config.clockSkewMax,
      protocols: FRAME_PROTOCOLS,
      sparkplug: config.sparkplug !== undefined,
      sparkplugIdsOf: sparkplugNames.of,
    };
    const routeOf = createRouteTable(formats, { profiles: registry.profiles, version: registry.devicesVersion });
    const { reread, added } = createReread({
      device: registry.device,
      holdersOf: (id) => LINE_PROTOCOLS.flatMap(({ partOf }) => partOf?.(id)?.devices ?? []),
      quarantine,
      routeOf,
      journal,
      stampMs: intake.stampMs,
      log,
    });
    const controls = createControls({
      journal,
      alerts,
      store,
      registry,
      stampMs: intake.stampMs,
      connections: {
        disconnect: (device) => sources.disconnect(device),
        forget: (device) => sources.forget(device),
        forgetRefused: refusedNames.forget,
      },
      onAdded: added,
    });
    const history = await openHistory({
      config,
      dir: folder.path('history'),
      clock,
      log,
      journal,
      registry,
      stampMs: intake.stampMs,
    });
    teardown.add('history', () => history.close());
    const feed = startHistoryFeed(journal, history);
    identity.opened(() => journal.nextPosition() - 1);
    const ticker = startTicker({
      clock,
      nextDeadlineMs: alerts.nextDeadlineMs,
      deadlineNotBeforeMs: alerts.deadlineNotBeforeMs,
      tick: () => controls.send({ type: 'tick' }),
      restart(reason) {
        log.warn({ reason }, 'time went on without us; silence is counted anew');
        controls.send(opened.cluster === undefined ? EVERYBODY_STARTS : { type: 'start', node: opened.cluster.node });
      },
    });
    teardown.add('ticker', () => ticker.stop());

    // Left of the journal: who may speak, and what becomes of what they say.
    const authenticate = (username: string | undefined, password: Uint8Array | undefined) =>
      controls.principal(config.auth, accounts, username, password);
    const sparkplug =
      config.sparkplug === undefined
        ? undefined
        : createSparkplugHost({
            clock,
            log,
            host: config.sparkplug,
            waitMs: config.sparkplugWait,
            device: registry.device,
            ids: sparkplugNames,
            format: createSparkplug(config.clockSkewMax, sparkplugNames.of),
            publish: (topic, payload, how) => broker.publish(topic, payload, how),
          });
    const ingest = createIngest({ intake, journal, onTooLarge: (device, bytes) => tooLarge.note(device, bytes) });
    const intoJournal = {
      clock,
      log,
      routeOf,
      bucketOf: intake.bucketOf,
      ingest: sparkplug?.ingest(ingest) ?? ingest,
      guesses: createGuesses(clock),
      refusedNames,
    };
    const broker = await startBroker({
      ...intoJournal,
      limits: config,
      authenticate,
      unreleased: journal,
      command: sparkplug?.command,
    });
    teardown.add('broker', () => broker.close());
    teardown.add('sparkplug', () => sparkplug?.close());
    const httpIngest = createHttpIngest({
      ...intoJournal,
      payloadBytesMax: config.packetBytesMax,
      publishesPerSecondMax: config.publishesPerSecondMax,
      authenticate: (username, password) => feederOf(authenticate(username, password)),
    });
    teardown.add('http ingest', () => httpIngest.close());
    const lines = createLineSources(config, {
      ...intoJournal,
      limits: config,
      device: registry.device,
      devicesVersion: registry.devicesVersion,
      maySpeak: (device, secret) => maySpeak(registry, config.auth, device, secret),
    });
    teardown.add('line protocols', () => lines.close());
    const deviceCommands = createDeviceCommands({ log, registry, lines, stampMs: intake.stampMs });
    const feeds = createMqttFeeds({
      ...intoJournal,
      installation: identity.log.slice(0, 8),
      payloadBytesMax: config.packetBytesMax,
      mayFeed: controls.mayBeFed,
    });
    teardown.add('feeds', () => feeds.close());
    const pushes = createPushes({
      ...intoJournal,
      payloadBytesMax: config.packetBytesMax,
      mayFeed: controls.mayBeFed,
    });
    teardown.add('pushes', () => pushes.close());
    const sources = together(() => [broker, httpIngest, ...lines.sources(), feeds, pushes]);
    const sourceSetup = createSourceSetup({
      registry,
      config,
      key: folder.key,
      feeds,
      pushes,
      lines,
      tryFeed: (feed) => tryFeed(feed, { clock, routeOf }),
      whyNotListen: (name, at) => whyNotListen(at, hasDatagrams(name)),
      nowMs: clock.nowMs,
    });
    isOpenedBySetup = sourceSetup.isBeyondLoopback;
    const following = {
      clock,
      log,
      logName: identity.log,
      alerts: { open: () => alerts.open(), events: store.events, headSeq: () => alerts.headSeq() },
      places: store,
    };
    const sirens = startChannelFollower({
      ...following,
      channel: createSirens((topic, payload) => broker.publish(topic, payload, { retain: true })),
    });
    teardown.add('sirens', () => sirens.close());
    const { gbt26875Report: platform, gbt26875ReportAs: address } = config;
    const fireReporting =
      platform === undefined || address === undefined
        ? undefined
        : createFireReporting({
            ...following,
            platform,
            address,
            registry,
            send: controls.send,
            valuesOf: live.values,
            version: VERSION,
          });
    teardown.add('fire reporting', () => fireReporting?.close());
    const notifying = createNotifying({
      ...following,
      path: folder.path('notify.db'),
      isAnew: identity.findings.losses.some(({ database }) => database === 'notify.db'),
      allow: config.notifyAllow,
      timezone: config.timeZone,
      links: config.publicUrl === undefined ? null : { publicUrl: config.publicUrl, key: answerKeyOf(folder.key) },
      broker,
      registry,
      send: controls.send,
      act: controls.act,
    });
    teardown.add('notify', () => notifying.close());
    const silences = createSilences({ registry, client: notifying.client, nowMs: clock.nowMs });
    const telling = createNotifySetup({
      registry,
      key: folder.key,
      notifying: {
        client: notifying.client,
        async use(setup) {
          await notifying.use(setup);
          // Those that were made while nobody was told of anything.
          await silences.handOn();
        },
      },
      timezone: config.timeZone,
      nowMs: clock.nowMs,
    });
    const channels = [sirens, ...(fireReporting === undefined ? [] : [fireReporting])];
    const rates = startRates({
      clock,
      intake,
      broker,
      liveClients: hub.clients,
      announcedBefore: store.announcedAfter(clock.nowMs() - RATES_PERIOD_MS),
    });
    teardown.add('rates', () => rates.stop());
    replay(journal, { alerts, quarantine });
    const digests =
      opened.cluster === undefined
        ? undefined
        : createDigests({
            ...opened.cluster,
            events: store.events,
            headSeq: alerts.headSeq,
            send: controls.send,
            onMinority: opened.cluster.stop,
          });
    /** It starts when alerts stand as they did, and what is committed before it reads from disk. */
    let codecs: CodecFollower | undefined;
    // From here on, what happens at each commit, after the acknowledgements have left.
    journal.follow((batch) => {
      alerts.take(batch.first, batch.entries, batch.node);
      controls.answer(batch);
      quarantine.take(batch.first, batch.entries);
      feed.committed(batch);
      codecs?.committed(batch);
      digests?.take(batch);
      if (hub.clients() > 0) hub.publishReadings(live.readingsOf(batch.entries));
      ticker.check();
    });
    for (const channel of channels) channel.start();
    const setup = edges.notify ?? telling.live();
    if (setup !== undefined) await notifying.use(setup);
    notifying.start();
    silences.handOn().catch((error: unknown) => log.error({ err: error }, 'silences are not in force yet'));
    // What they were made to agree with cannot be found out from the journal a second time.
    if (identity.findings.journalFrom !== undefined) alerts.checkpoint(Number.POSITIVE_INFINITY);
    /** Whether an alert of the server's own stands from before the start. */
    const stands = (condition: string) =>
      alerts.open().some(({ kind, rule, state }) => kind === 'system' && rule === condition && state === 'active');
    const codecFeed = startCodecFeed({
      clock,
      log,
      journal,
      registry,
      intake,
      send: controls.send,
      watch,
      standing: alerts
        .open()
        .flatMap(({ kind, rule, state }) => (kind === 'system' && state === 'active' ? [rule] : [])),
      file: folder.path('codecs.json'),
      logName: identity.log,
    });
    codecs = codecFeed;
    teardown.add('codecs', () => codecFeed.close());
    const codecTrials = createCodecTrials(clock);
    teardown.add('trials of codecs', () => codecTrials.close());
    const watching = {
      clock,
      setup: () => (edges.notify ?? registry.notifySetup())?.setup,
      timezone: config.timeZone,
      send: controls.send,
      standing: alerts
        .open()
        .flatMap(({ kind, rule, state }) => (kind === 'system' && state === 'active' ? [rule] : [])),
    };
    const dutyWatch = watchDuties({
      ...watching,
      areas: () => new Map(registry.areas().map(({ id, parent }) => [id, parent])),
      isFailing: (id) =>
        notifying
          .client()
          ?.channels()
          .some((channel) => channel.id === id && channel.failingSinceMs !== null) ?? false,
    });
    teardown.add('who is on duty', () => dutyWatch.stop());
    const rehearsalWatch = watchRehearsals({
      ...watching,
      rehearse: telling.rehearseAs,
      rehearsal: async (id) => (await telling.rehearsal(id))?.messages ?? [],
    });
    teardown.add('rehearsals', () => rehearsalWatch.stop());
    const tooLarge = watchTooLarge({
      clock,
      send: controls.send,
      isRaised: stands(TOO_LARGE_RULE),
    });
    teardown.add('messages too large', () => tooLarge.stop());

    // What the registry says and the journal does not know yet, then the start: from here on silence counts.
    await controls.reconcile();
    await controls.submit(startOf(opened, clock.nowMs()));
    if (stands(JOURNAL_FAILING.condition)) {
      await controls.submit({ type: 'system', ...JOURNAL_FAILING, active: false, detail: 'written again' });
    }
    // The connection that it came over is gone, and perhaps the setting as well.
    if (stands(GUARD_CHECK.condition)) {
      await controls.submit({ type: 'system', ...GUARD_CHECK, active: false, detail: 'the server was started anew' });
    }
    await tellLosses(identity.losses, { alerts, controls, log });
    identity.told();
    ticker.check();
    const neededFrom = () =>
      Math.min(
        alerts.replayFrom(),
        history.durablePosition(),
        quarantine.durablePosition() + 1,
        codecFeed.neededFrom(),
      );
    const backups = config.backups ?? folder.path('backups');
    const backup = createBackup({ clock, folder: config.data, backups, history, neededFrom });
    teardown.add('backup', () => backup.close());
    const keeping = startKeeping({
      clock,
      journal,
      neededFrom: () => Math.min(neededFrom(), backup.heldFrom()),
      keepMs: config.journalKeep,
      bytesMax: config.journalBytesMax,
      onNearLimit: (active, detail) => controls.send({ type: 'system', ...JOURNAL_NEAR_LIMIT, active, detail }),
      isNearLimit: stands(JOURNAL_NEAR_LIMIT.condition),
      onFailure: (chore, error) => log.error({ err: error, chore }, 'a chore failed; it is tried again'),
      checkpoint() {
        alerts.checkpoint(CHECKPOINT_POINTS);
        quarantine.checkpoint();
        codecFeed.checkpoint();
      },
    });
    teardown.add('keeping', () => keeping.stop());
    const states = startStateCopies({
      clock,
      log,
      from: folder.path('alerts.db'),
      dir: folder.path(STATES_FOLDER),
      firstPosition: journal.firstPosition,
    });
    teardown.add('state copies', () => states.close());

    const health = createHealth({
      journal,
      cluster: opened.cluster?.state,
      alerts,
      history,
      channels: () => [...channels.map((channel) => channel.state()), ...notifying.states()],
      feeds: feeds.state,
      pushes: pushes.state,
      listeners: lines.state,
      codecs: () => codecStateOf(registry, codecFeed),
      folder: config.data,
      journalBytesMax: config.journalBytesMax,
    });
    const sourceStates = () => [...feeds.state(), ...pushes.state(), ...lines.state()];
    const temporary = startTemporaryChanges({ clock, log, registry, thresholds: controls.thresholds });
    teardown.add('temporary thresholds', () => temporary.stop());
    const scheduled = startScheduledChanges({
      clock,
      log,
      registry,
      change: controls.change,
      stampMs: intake.stampMs,
    });
    teardown.add('scheduled thresholds', () => scheduled.stop());
    const review = createReview({
      required: config.secondApproval,
      registry,
      thresholds: controls.thresholds,
      change: controls.change,
      nowMs: clock.nowMs,
      stampMs: intake.stampMs,
    });
    const analysis = createAnalysis({
      history,
      registry,
      verdictsOn: store.verdicts,
      lessonsOf: (point) => registry.ruleTests().filter((test) => test.point === point),
      clock,
      log,
    });
    teardown.add('analysis', () => analysis.close());
    const readingFiles = createTransfer({
      history,
      registry,
      clock,
      folder: config.data,
      futureMaxMs: config.clockSkewMax,
    });
    teardown.add('files of readings', () => readingFiles.close());
    const previewJobs = createPreviewJobs({ analyses: analysis, concurrency: ANALYSIS_THREADS, clock, log });
    teardown.add('previews', () => previewJobs.close());
    const mqttPorts: { plain: number; tls: number | null } = { plain: config.mqtt.port, tls: null };
    const api = await buildApi(
      {
        log,
        nowMs: clock.nowMs,
        timezone: config.timeZone,
        version: VERSION,
        mqttPorts: () => mqttPorts,
        accounts,
        hub,
        registry,
        live,
        alerts: createAlertReads(store, alerts, evaluation, seen, identity.log),
        thresholds: review.thresholds,
        proposals: review.proposals,
        site: controls.site,
        maintenance: controls.maintenance,
        analyses: analysis,
        telling,
        silences,
        plans: createPlanChanges(registry, clock.nowMs),
        previewJobs,
        ruleTests: {
          list: () => registry.ruleTests(),
          get: (name) => registry.ruleTest(name),
          keep: (test) => registry.keepRuleTest({ ...test, atMs: intake.stampMs() }),
          remove: (name, by) => registry.removeRuleTest(name, by, intake.stampMs()),
        },
        templates: readTemplates(config, log),
        spreadsheets: createSpreadsheets({ ...registry, device: registry.siteDevice }),
        setupSheets: createSetupSheets(registry.areas),
        history,
        readingFiles,
        quarantine,
        tryMessage: (profile, message) =>
          tryMessage(profile, message, { ...formats, sparkplug: true, decode: codecTrials.decode }),
        codecs: {
          off: codecFeed.off,
          retry: (profile) =>
            retryUplinks(profile, {
              journal,
              quarantine,
              device: registry.device,
              routeOf,
              stampMs: intake.stampMs,
            }),
        },
        ingest: httpIngest.receive,
        push: pushes,
        reread,
        refusedNames: refusedNames.list,
        watchDevice: (id) => watch.ask(id, intake.traffic(id).lastSeenMs),
        deviceCommands,
        act: controls.act,
        health,
        map,
        system: rates.figures,
        sources: sourceStates,
        sourceSetups: sourceSetup,
        metrics: createMetrics({
          journal,
          intake,
          broker,
          alerts,
          history,
          hub,
          codecs: codecFeed,
          sources: sourceStates,
          channels: () => notifying.client()?.channels() ?? [],
        }),
        backup: backup.run,
      },
      {
        consoleDir: CONSOLE_DIR,
        secureCookies: config.secureCookies,
        trustProxy: config.trustProxy,
        isWithoutLogin: config.auth === 'none',
        connectionsMax: { inAll: config.connectionsMax, perNetwork: config.connectionsPerAddressMax },
        metricsToken: config.metricsToken,
        clock,
        doorClock: systemClock,
        onMqttSocket: broker.accept,
      },
    );
    teardown.add('api', () => api.close());

    await sparkplug?.begin();
    mqttPorts.plain = await listening('mqtt', config.mqtt, () => broker.listen(config.mqtt));
    const { mqtts } = config;
    if (mqtts !== undefined) {
      mqttPorts.tls = await listening('mqtts', mqtts, () => broker.listen({ ...mqtts, tls: readTls(config) }));
    }
    const lineAddresses = await lines.listen();
    const { host, port } = config.http;
    const http = await listening('http', config.http, () => listenHttp(api, { host, port }));
    const addresses = { http, mqtt: `mqtt://${hostForUrl(config.mqtt.host)}:${mqttPorts.plain}` };
    const tlsAddress = mqtts === undefined ? null : `mqtts://${hostForUrl(mqtts.host)}:${mqttPorts.tls}`;
    await sourceSetup.begin();
    fireReporting?.connect();
    folder.announce(addresses);
    analysis.warm();
    return {
      ...addresses,
      mqtts: tlsAddress,
      lines: lineAddresses,
      isNew: created !== null,
      oneTimePassword: created?.oneTimePassword ?? null,
      close: () => teardown.run(),
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

const VERSION = String(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version);
const CONSOLE_DIR = new URL('../dist/console', import.meta.url).pathname;

const JOURNAL_FAILING = { condition: 'journal-failing', level: 'red' } as const;
const JOURNAL_NEAR_LIMIT = { condition: 'journal-near-limit', level: 'orange' } as const;

/**
 * Points whose state is stored in one go, four times a second: 100,000 busy points come round in a minute, and replaying a
 * minute of 2,000 readings a second takes less than one.
 */
const CHECKPOINT_POINTS = 400;

function problemsOf(definition: PointDefinition): readonly FieldProblem[] {
  const compiled = compilePoint(definition);
  return 'problems' in compiled ? compiled.problems : [];
}
