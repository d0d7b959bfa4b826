import type { IClientOptions, MqttClient } from 'mqtt';
import { readSparkplug } from '../../src/decode/formats/sparkplug/payload.ts';
import type { Brink } from './brink.ts';
import { type MetricToSend, type PayloadToSend, sparkplugPayload } from './sparkplug.ts';

export interface EdgeNodeOptions {
  readonly bdSeq?: bigint;
  /** The device that it logs in as. */
  readonly user?: string;
  readonly group?: string;
  readonly node?: string;
  /** The device that it speaks of where nothing else is said. */
  readonly device?: string;
  /** Of its connection. */
  readonly more?: IClientOptions;
}

const NODE_CONTROL = { name: 'Node Control/Rebirth', type: 'Boolean', value: false } as const;

/** An edge node of Sparkplug as it connects to a running server: with its will, waiting for the host, and for commands. */
export async function connectEdgeNode(brink: Brink, options: EdgeNodeOptions = {}) {
  const { bdSeq = 1n, user = 'edge', group = 'plant', node = 'node1', device = 'pump' } = options;
  const topicOf = (type: string, of: string) => `spBv1.0/${group}/${type}/${node}${of === '' ? '' : `/${of}`}`;
  const session = { name: 'bdSeq', type: 'Int64', value: bdSeq } as const;
  const client: MqttClient = await brink.device(user, {
    clientId: `${user}-${bdSeq}`,
    will: { topic: topicOf('NDEATH', ''), payload: sparkplugPayload({ metrics: [session] }), qos: 1, retain: false },
    ...options.more,
  });
  const heard: { topic: string; payload: Buffer; qos: number; retain: boolean }[] = [];
  client.on('message', (topic, payload, { qos, retain }) => heard.push({ topic, payload, qos, retain }));
  const filters = ['spBv1.0/STATE/#', topicOf('NCMD', ''), `${topicOf('DCMD', '')}/#`];
  const grants = await client.subscribeAsync(filters, { qos: 1 });
  let seq = 0;

  const publish = (type: string, payload: PayloadToSend, of = device, qos: 0 | 1 = 0) =>
    client.publishAsync(topicOf(type, of), sparkplugPayload(payload), { qos });

  return {
    client,
    heard,
    grants: grants.map(({ qos }) => qos),
    publish,
    /** What the host has said of itself, oldest first. */
    states: () =>
      heard
        .filter(({ topic }) => topic.startsWith('spBv1.0/STATE/'))
        .map(({ payload }) => JSON.parse(String(payload)) as { online: boolean; timestamp: number }),
    /** Requests to be born again. */
    rebirths: () =>
      heard.filter(
        ({ topic, payload }) =>
          topic === topicOf('NCMD', '') &&
          readSparkplug(payload).message?.metrics.some(({ name }) => name === NODE_CONTROL.name) === true,
      ),
    /** A number that is lost. */
    skip: () => {
      seq = (seq + 1) % 256;
    },
    data: (...metrics: MetricToSend[]) => publish('DDATA', next(metrics)),
    nodeData: (...metrics: MetricToSend[]) => publish('NDATA', next(metrics), ''),
    deviceDies: (timestamp: number) => {
      seq = (seq + 1) % 256;
      return publish('DDEATH', { timestamp, seq });
    },
    /** Its own birth, with metrics of its own. */
    isBorn(metrics: readonly MetricToSend[] = [], timestamp = brink.nowMs()) {
      seq = 0;
      return publish('NBIRTH', { timestamp, seq, metrics: [session, NODE_CONTROL, ...metrics] }, '');
    },
    deviceIsBorn(metrics: readonly MetricToSend[], of = device, timestamp = brink.nowMs()) {
      seq = (seq + 1) % 256;
      return publish('DBIRTH', { timestamp, seq, metrics }, of);
    },
  };

  function next(metrics: readonly MetricToSend[]): PayloadToSend {
    seq = (seq + 1) % 256;
    return { timestamp: brink.nowMs(), seq, metrics };
  }
}
