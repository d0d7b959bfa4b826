import { type Column, titleOf } from './columns.ts';
import type { Cell, Language } from './table.ts';

/** What a technician needs to connect devices, with the secrets that were just drawn: written once, and kept nowhere. */

export interface HandedOut {
  readonly device: string;
  readonly name: string;
  readonly profile: string;
  readonly points: readonly string[];
  readonly secret: string;
}

/** Where devices reach the broker. */
export interface Broker {
  readonly host: string;
  readonly plain: number;
  /** Null when it is off. */
  readonly tls: number | null;
}

type HandoutKey =
  | 'device'
  | 'name'
  | 'profile'
  | 'points'
  | 'server'
  | 'port'
  | 'tlsPort'
  | 'userName'
  | 'secret'
  | 'topic';

export const HANDOUT_COLUMNS: readonly Column<HandoutKey>[] = [
  { key: 'device', zh: '设备', en: 'device', width: 18 },
  { key: 'name', zh: '设备名称', en: 'device name', width: 24 },
  { key: 'profile', zh: '设备类型', en: 'profile', width: 18 },
  { key: 'points', zh: '测点', en: 'points', width: 24 },
  { key: 'server', zh: '服务器', en: 'server', width: 22 },
  { key: 'port', zh: 'MQTT 端口', en: 'MQTT port', width: 10 },
  { key: 'tlsPort', zh: 'MQTT 端口（TLS）', en: 'MQTT port (TLS)', width: 14 },
  { key: 'userName', zh: '用户名', en: 'user name', width: 18 },
  { key: 'secret', zh: '设备密钥', en: 'secret', width: 36 },
  { key: 'topic', zh: '发布主题', en: 'topic to publish to', width: 30 },
];

/** The heading, and a row for each device. */
export function* handoutRows(devices: readonly HandedOut[], broker: Broker, language: Language): Generator<Cell[]> {
  yield HANDOUT_COLUMNS.map((column) => titleOf(column, language));
  for (const { device, name, profile, points, secret } of devices) {
    const cells: Readonly<Record<HandoutKey, Cell>> = {
      device,
      name,
      profile,
      points: points.join(', '),
      server: broker.host,
      port: broker.plain,
      tlsPort: broker.tls,
      userName: device,
      secret,
      topic: `telemetry/${device}`,
    };
    yield HANDOUT_COLUMNS.map(({ key }) => cells[key]);
  }
}
