import { setTimeout as delay } from 'node:timers/promises';
import { durationMs } from '../../src/model/duration.ts';
import type { Profile } from '../../src/model/site.ts';
import { createLink } from '../link.ts';
import type { SiteFiles } from '../site-files.ts';
import { GATEWAY, profileOf, type RelayFleet, type RelayFleetOptions, sensorOf } from './fleet.ts';
import { NETWORK_SERVERS } from './network-servers.ts';
import { platforms } from './platforms.ts';
import type { Relay, RelayedMessage } from './relay.ts';
import { SPARKPLUG_SITE } from './sparkplug.ts';

/** What is in front of the server when its devices do not speak to it themselves: over MQTT, or over HTTP. */

export const OVER_MQTT = Object.keys(NETWORK_SERVERS);
export const OVER_HTTP = Object.keys(platforms(''));

type Send = (message: RelayedMessage, id: string) => Promise<boolean>;

/** The files of a site that knows exactly these devices. */
export function relaySite(protocol: string, profiles: readonly Profile[], devices: number): SiteFiles {
  const { id, profile: wanted } = protocol === 'sparkplug' ? SPARKPLUG_SITE : relayOf(protocol, '');
  const profile = profileOf(wanted, profiles);
  const area = 'simulated';
  const own = Array.from({ length: devices }, (_, n) => ({
    id: id(n + 1),
    profile: profile.id,
    ...(protocol === 'ingest' ? { secret: secretOf(id(n + 1)) } : {}),
    points: [{ id: `${protocol}-point-${n + 1}`, area }],
  }));
  const gateway = {
    id: GATEWAY.username,
    profile: profile.id,
    secret: GATEWAY.password,
    grants: ['feed' as const],
    points: [],
  };
  return {
    profiles: [profile],
    site: {
      areas: [{ id: area, name: { zh: '模拟站点', en: 'Simulated stations' } }],
      devices: OVER_HTTP.includes(protocol) ? own : [gateway, ...own],
    },
    thresholds: [],
  };
}

/** Devices one after the other, at even distances; what was not taken is sent again until it is. */
export function startRelayFleet(options: RelayFleetOptions): RelayFleet {
  const relay = relayOf(options.protocol, options.password ?? '');
  const profile = profileOf(relay.profile, options.profiles);
  const { devices, ratePerS } = options;
  const everyMs = ratePerS === undefined ? durationMs(profile.reportEvery) / devices : 1_000 / ratePerS;
  const end = new AbortController();
  const endsAtMs = Date.now() + (options.durationS ?? Number.POSITIVE_INFINITY) * 1_000;
  const count = { published: 0, acknowledged: 0 };
  const pause = (ms: number) =>
    delay(Math.min(Math.max(0, ms), 0x7fff_ffff), undefined, { signal: end.signal }).catch(() => {});
  const sensors = Array.from({ length: devices }, (_, n) => sensorOf(profile, relay.id(n + 1), options.seed));

  async function run(): Promise<void> {
    const { send, close } = OVER_HTTP.includes(options.protocol) ? overHttp(options) : await overMqtt(options);
    for (let n = 0; !end.signal.aborted && Date.now() < endsAtMs; n++) {
      const sensor = sensors[n % devices];
      const atMs = Date.now();
      if (sensor === undefined) break;
      for (const message of relay.messages({ ...sensor.report(atMs), serial: Math.floor(n / devices) + 1 })) {
        count.published++;
        while (!end.signal.aborted) {
          if (await send(message, sensor.id)) {
            count.acknowledged++;
            break;
          }
          await pause(SEND_AGAIN_MS);
        }
      }
      await pause(Math.min(everyMs - (Date.now() - atMs), endsAtMs - Date.now()));
    }
    await close();
  }

  const ended = run().then(() => ({ devices, ...count }));
  return {
    ended,
    stop() {
      end.abort();
      return ended;
    },
  };
}

const SEND_AGAIN_MS = 1_000;

async function overMqtt({
  url,
  protocol,
  username,
  password,
}: RelayFleetOptions): Promise<{ send: Send; close: () => Promise<void> }> {
  const link = createLink(
    {
      url,
      clientId: `simulated-${protocol}`,
      username: username ?? GATEWAY.username,
      password: password ?? GATEWAY.password,
    },
    () => {},
  );
  if (!(await link.open())) throw new Error(`${url} refuses ${username ?? GATEWAY.username}`);
  return {
    send: ({ to, payload }) => link.publish({ topic: to, payload: JSON.stringify(payload), qos: 1 }),
    close: () => link.close(),
  };
}

function overHttp({ url, protocol }: RelayFleetOptions): { send: Send; close: () => Promise<void> } {
  return {
    async send({ to, payload }, id) {
      const authorization = `Basic ${Buffer.from(`${id}:${secretOf(id)}`).toString('base64')}`;
      const headers = { 'content-type': 'application/json', ...(protocol === 'ingest' ? { authorization } : {}) };
      const body = JSON.stringify(payload);
      const answer = await fetch(url + to, { method: 'POST', headers, body }).catch(() => undefined);
      if (answer !== undefined && (answer.status === 401 || answer.status === 404)) {
        throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
      }
      return answer?.ok === true;
    },
    close: async () => {},
  };
}

function secretOf(id: string): string {
  return `secret of ${id}`;
}

function relayOf(protocol: string, secret: string): Relay {
  const relay = { ...NETWORK_SERVERS, ...platforms(secret) }[protocol];
  if (relay === undefined) throw new Error(`no protocol ${protocol}`);
  return relay;
}
