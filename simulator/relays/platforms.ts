import { createHash } from 'node:crypto';
import type { Relay, RelayedMessage, RelayedReport } from './relay.ts';

/**
 * What pushes over HTTP: platforms of NB-IoT devices, which post again what they think has not been taken and tell of connections in
 * between, and a device's own program.
 */

/** How often a push comes a second time, and how often something comes that is no report. */
const REPEATED = 0.1;
const ASIDE = 0.1;

function platform(
  report: (of: RelayedReport) => RelayedMessage[],
  aside: (of: RelayedReport) => RelayedMessage,
): Relay {
  return {
    profile: 'river-level',
    id: (n) => `8600000000${String(n).padStart(5, '0')}`,

    messages(of) {
      const messages = report(of);
      if (of.chance('repeated') < REPEATED) messages.push(...messages.slice(0, 1));
      if (of.chance('aside') < ASIDE) messages.push(aside(of));
      return messages;
    },
  };
}

const ctwing = platform(
  ({ id, atMs, values }) => [
    {
      to: '',
      payload: {
        messageType: 'dataReport',
        protocol: 'lwm2m',
        tenantId: '10000',
        productId: '10001',
        deviceId: id,
        IMEI: id,
        timestamp: atMs,
        payload: { serviceId: 1, serviceData: values },
      },
    },
  ],
  ({ id, atMs }) => ({ to: '', payload: { messageType: 'deviceOnlineOfflineReport', deviceId: id, timestamp: atMs } }),
);

const iotda = platform(
  ({ id, atMs, values }) => {
    const time = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const services = [{ service_id: 'Level', properties: values, event_time: time }];
    const header = { device_id: id, node_id: id, product_id: 'p', app_id: 'a' };
    return [
      {
        to: '',
        payload: {
          resource: 'device.property',
          event: 'report',
          event_time: time,
          event_time_ms: new Date(atMs).toISOString(),
          notify_data: { header, body: { services } },
        },
      },
    ];
  },
  ({ id }) => ({
    to: '',
    payload: { resource: 'device.status', event: 'update', notify_data: { body: { device_id: id, status: 'ONLINE' } } },
  }),
);

/** Each value is a message of its own; all of them are signed with the token that was agreed on. */
const onenet = (token: string): Relay => {
  const signed = (msg: object): RelayedMessage => {
    const nonce = 'n0nce123';
    const signature = createHash('md5')
      .update(token + nonce + JSON.stringify(msg))
      .digest('base64');
    return { to: '', payload: { msg, nonce, msg_signature: signature } };
  };
  return platform(
    ({ id, atMs, values }) =>
      Object.entries(values).map(([name, value]) => signed({ type: 1, dev_id: id, ds_id: name, at: atMs, value })),
    ({ id, atMs }) => signed({ type: 2, dev_id: id, status: 1, login_type: 10, at: atMs }),
  );
};

/** A device's own program, which posts the native form with its own credentials. */
const ingest: Relay = {
  profile: 'river-level',
  id: (n) => `simulated-${n}`,
  messages: ({ id, atMs, values }) => [{ to: `/api/v1/ingest/${id}`, payload: { ts: atMs, values } }],
};

/** `secret`: what a platform and the server have agreed on. */
export function platforms(secret: string): Readonly<Record<string, Relay>> {
  return { ctwing, iotda, onenet: onenet(secret), ingest };
}
