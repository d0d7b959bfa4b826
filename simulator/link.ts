import { connect, type MqttClient } from 'mqtt';
import type { Publish } from './actions.ts';

export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** One device's connection to the broker: a real MQTT client, which reconnects and sends again by itself. */
export interface Link {
  /** Connects; false when the broker refuses the device. Waits as long as the broker cannot be reached. */
  open(): Promise<boolean>;
  /** Sends; the promise gives whether the broker took it (QoS 0: whether it left). */
  publish(message: Pick<Publish, 'topic' | 'payload' | 'qos'>): Promise<boolean>;
  /** Breaks the connection without a word, as a dead radio does. */
  cut(): void;
  close(): Promise<void>;
}

const KEEPALIVE_S = 60;
const RECONNECT_MS = 1_000;

/** `onTrouble` is told what went wrong whenever the broker cannot be reached. */
export function createLink(options: LinkOptions, onTrouble: (error: Error) => void): Link {
  let client: MqttClient | undefined;
  return {
    open: () =>
      new Promise((resolve) => {
        const opened = connect(options.url, {
          clientId: options.clientId,
          // A password without a user name is not allowed in MQTT 3.1.1.
          ...(options.username === undefined ? {} : { username: options.username, password: options.password ?? '' }),
          keepalive: KEEPALIVE_S,
          reconnectPeriod: RECONNECT_MS,
          resubscribe: false,
        });
        client = opened;
        opened.on('connect', () => resolve(true));
        opened.on('error', (error) => {
          const isRefusal = 'code' in error && typeof error.code === 'number';
          if (isRefusal) {
            opened.end(true);
            resolve(false);
          } else {
            onTrouble(error);
          }
        });
      }),
    publish: ({ topic, payload, qos }) =>
      new Promise((resolve) => {
        if (client === undefined) {
          resolve(false);
          return;
        }
        const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
        client.publish(topic, bytes, { qos }, (error) => resolve(error === undefined || error === null));
      }),
    cut() {
      client?.end(true);
      client = undefined;
    },
    async close() {
      const closing = client;
      client = undefined;
      await closing?.endAsync(!closing.connected);
    },
  };
}
