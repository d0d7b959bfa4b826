import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AlertFollower } from '../../alerts/follower.ts';
import type { Broker } from '../../broker/broker.ts';
import type { CodecFollower } from '../../codecs/follower.ts';
import type { Intake } from '../../decode/intake.ts';
import type { History } from '../../history/history.ts';
import type { Journal } from '../../journal/journal.ts';
import { LEVELS } from '../../model/level.ts';
import type { ChannelFigures } from '../../model/notify/told.ts';
import type { SourceState } from '../../model/source-state.ts';
import type { Hub } from '../../push/hub.ts';

export interface MetricsOptions {
  readonly journal: Journal;
  readonly intake: Intake;
  readonly broker: Broker;
  readonly alerts: AlertFollower;
  readonly history: History;
  readonly hub: Hub;
  readonly codecs: Pick<CodecFollower, 'stats'>;
  readonly sources: () => readonly SourceState[];
  /** How channels of telling people fare; none while it is off. */
  readonly channels: () => readonly ChannelFigures[];
}

/** The Prometheus text: figures are read from the parts when somebody asks, and cost nothing per message. */
export function createMetrics({
  journal,
  intake,
  broker,
  alerts,
  history,
  hub,
  codecs,
  sources,
  channels,
}: MetricsOptions): () => Promise<string> {
  const registers = [new Registry()];
  collectDefaultMetrics({ register: registers[0] });

  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `brink_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `brink_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });

  counter('messages', 'Telemetry messages taken', () => intake.totals().messages);
  counter('readings', 'Readings decoded', () => intake.totals().readings);
  counter('quarantined', 'Payloads of which something could not be read', () => intake.totals().rejected);
  counter('repaired', 'Payloads that were almost JSON and were read as what was meant', () => intake.totals().repaired);
  counter('messages_aside', 'Messages that are known and say nothing of a sensor', () => intake.totals().aside);
  counter('uplinks_decoded', 'Uplinks that a payload codec has decoded', () => codecs.stats().decoded);
  counter('uplinks_refused', 'Uplinks that none could decode, or whose codec is off', () => codecs.stats().refused);
  gauge('uplinks_waiting', 'Uplinks in memory that have no answer on disk yet', () => codecs.stats().waiting);
  counter('journal_commits', 'Group commits of the journal', () => journal.stats().commits);
  counter('publishes_throttled', 'Publishes that waited for their device’s rate', () => broker.stats().throttled);
  gauge('journal_bytes', 'Size of the journal', () => journal.stats().bytes);
  gauge('journal_pending_entries', 'Entries waiting for their fsync', () => journal.stats().pendingEntries);
  gauge('journal_failing', '1 while the journal cannot be written', () => (journal.stats().failure === null ? 0 : 1));
  gauge(
    'history_lag_entries',
    'Journal entries history has not stored yet',
    () => journal.nextPosition() - history.durablePosition(),
  );
  gauge('history_failing', '1 while history cannot store or read', () => (history.stats().problem === null ? 0 : 1));
  gauge('history_bytes', 'Size of the stored readings', () => history.stats().bytesOnDisk);
  gauge('mqtt_connections', 'MQTT connections', () => broker.stats().connections);
  gauge('live_clients', 'WebSocket clients', () => hub.clients());
  gauge('alert_seq', 'Sequence number of the last alert event', () => alerts.headSeq());
  new Gauge({
    name: 'brink_open_alerts',
    help: 'Alerts that are not closed, by level',
    labelNames: ['level'],
    registers,
    collect() {
      const open = alerts.open();
      for (const level of LEVELS) this.set({ level }, open.filter((alert) => alert.level === level).length);
    },
  });
  const gauges = (name: string, help: string, read: (channel: ChannelFigures) => number) =>
    new Gauge({
      name: `brink_${name}`,
      help,
      labelNames: ['channel'],
      registers,
      collect() {
        this.reset();
        for (const channel of channels()) this.set({ channel: channel.id }, read(channel));
      },
    });
  gauges('notify_waiting', 'Messages to people that wait, by channel', ({ waiting }) => waiting);
  gauges('notify_failing', '1 while a channel accepts nothing', ({ failingSinceMs }) =>
    failingSinceMs === null ? 0 : 1,
  );
  const counters = (name: string, help: string, label: string, read: () => Readonly<Record<string, number>>) =>
    new Counter({
      name: `brink_${name}_total`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  counters('mqtt_refused', 'MQTT refusals by reason', 'reason', () => broker.stats().refused);
  counters(
    'history_outages',
    'Times InfluxDB has stopped taking or telling readings',
    'cause',
    () => history.stats().remote?.outages ?? {},
  );
  counters(
    'history_rejected',
    'Readings InfluxDB would not take',
    'reason',
    () => history.stats().remote?.rejected ?? {},
  );
  const ofSource = ['kind', 'source'] as const;
  new Counter({
    name: 'brink_source_messages_total',
    help: 'Messages of feeds of other brokers, pushes of platforms and listeners of line protocols',
    labelNames: ofSource,
    registers,
    collect() {
      this.reset();
      for (const { kind, name, messages } of sources()) this.inc({ kind, source: name }, messages);
    },
  });
  const sourceGauge = (name: string, help: string, read: (state: SourceState) => number | null) =>
    new Gauge({
      name: `brink_source_${name}`,
      help,
      labelNames: ofSource,
      registers,
      collect() {
        this.reset();
        for (const state of sources()) {
          const value = read(state);
          if (value !== null) this.set({ kind: state.kind, source: state.name }, value);
        }
      },
    });
  sourceGauge('connections', 'Their open connections; of a feed 1 while it has one', (state) => state.connections);
  sourceGauge('last_message_timestamp_seconds', 'When their last message came, Unix time', ({ lastMessageAtMs }) =>
    lastMessageAtMs === null ? null : lastMessageAtMs / 1_000,
  );
  sourceGauge(
    'trouble_timestamp_seconds',
    'When something went wrong last, Unix time; what, is in /system',
    ({ trouble }) => (trouble === null ? null : trouble.atMs / 1_000),
  );
  return () => registers[0]?.metrics() ?? Promise.resolve('');
}
