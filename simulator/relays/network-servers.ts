import { numberOf, type Relay, type RelayedMessage, type RelayedReport } from './relay.ts';

/**
 * Network servers of LoRaWAN: a device joins, its frames come decoded or as bytes in turn, now and then as a second gateway heard them,
 * and between them what the server says of the device.
 */

const PORT = 2;
const HZ = 470_300_000;
/** How often a frame is heard by a second gateway, and comes again for it. */
const COPIES = 0.2;
const STATUS_EVERY = 10;

interface Frame extends RelayedReport {
  /** Undefined in every other report: the server has no decoder, and hands on the bytes. */
  readonly decoded: object | undefined;
  readonly bytes: Buffer;
  /** How it was heard, by the first gateway or the second, dBm and dB. */
  readonly heard: { readonly gateway: number; readonly rssi: number; readonly snr: number };
}

function networkServer(
  join: (report: RelayedReport) => RelayedMessage,
  uplink: (frame: Frame) => RelayedMessage,
  status?: (report: RelayedReport) => RelayedMessage,
): Relay {
  return {
    profile: 'lorawan-codec-level',
    id: (n) => `A84041${n.toString(16).toUpperCase().padStart(10, '0')}`,

    messages(report) {
      const { serial, chance, values } = report;
      const { depth, battery } = { depth: numberOf(values.depth), battery: Math.round(numberOf(values.battery)) };
      const mm = Math.round(depth * 10);
      const frame = {
        ...report,
        decoded: serial % 2 === 0 ? { depth: mm / 10, battery } : undefined,
        bytes: Buffer.of(mm >> 8, mm & 0xff, battery),
      };
      const heardBy = (gateway: number) => ({
        gateway,
        rssi: -60 - Math.round(50 * chance(`rssi ${gateway}`)),
        snr: 7,
      });
      const messages = [uplink({ ...frame, heard: heardBy(1) })];
      if (serial === 1) messages.unshift(join(report));
      if (chance('copy') < COPIES) messages.push(uplink({ ...frame, heard: heardBy(2) }));
      if (status !== undefined && serial % STATUS_EVERY === 0) messages.push(status(report));
      return messages;
    },
  };
}

const iso = (ms: number) => new Date(ms).toISOString();

const tts = networkServer(
  ({ id, atMs }) => ({
    to: `v3/town@ttn/devices/eui-${id.toLowerCase()}/join`,
    payload: { end_device_ids: { dev_eui: id }, received_at: iso(atMs), join_accept: { session_key_id: 'AZ==' } },
  }),
  ({ id, atMs, serial, decoded, bytes, heard }) => ({
    to: `v3/town@ttn/devices/eui-${id.toLowerCase()}/up`,
    payload: {
      end_device_ids: {
        device_id: `eui-${id.toLowerCase()}`,
        dev_eui: id,
        application_ids: { application_id: 'town' },
      },
      received_at: iso(atMs),
      uplink_message: {
        session_key_id: 'AZ==',
        f_port: PORT,
        f_cnt: serial,
        frm_payload: bytes.toString('base64'),
        decoded_payload: decoded,
        rx_metadata: [{ gateway_ids: { gateway_id: `gateway-${heard.gateway}` }, rssi: heard.rssi, snr: heard.snr }],
        settings: { data_rate: { lora: { bandwidth: 125_000, spreading_factor: 9 } }, frequency: String(HZ) },
        received_at: iso(atMs - 10),
      },
    },
  }),
);

const deviceInfo = (id: string) => ({
  tenantName: 'town',
  applicationName: 'town',
  deviceName: id,
  devEui: id.toLowerCase(),
});
const chirpstackTopic = (id: string, event: string) => `application/1/device/${id.toLowerCase()}/event/${event}`;

const chirpstack = networkServer(
  ({ id, atMs }) => ({
    to: chirpstackTopic(id, 'join'),
    payload: { time: iso(atMs), deviceInfo: deviceInfo(id), devAddr: '01020304' },
  }),
  ({ id, atMs, serial, decoded, bytes, heard }) => ({
    to: chirpstackTopic(id, 'up'),
    payload: {
      deduplicationId: `${id}-${serial}`,
      time: iso(atMs),
      deviceInfo: deviceInfo(id),
      devAddr: '01020304',
      fCnt: serial,
      fPort: PORT,
      data: bytes.toString('base64'),
      object: decoded,
      rxInfo: [{ gatewayId: `000000000000000${heard.gateway}`, rssi: heard.rssi, snr: heard.snr }],
      txInfo: { frequency: HZ, modulation: { lora: { bandwidth: 125_000, spreadingFactor: 9 } } },
    },
  }),
  ({ id, atMs }) => ({
    to: chirpstackTopic(id, 'status'),
    payload: { time: iso(atMs), deviceInfo: deviceInfo(id), margin: 12, externalPowerSource: false, batteryLevel: 90 },
  }),
);

const loriot = networkServer(
  ({ id, atMs }) => ({ to: 'loriot/town', payload: { cmd: 'join', EUI: id, ts: atMs } }),
  ({ id, atMs, serial, decoded, bytes, heard }) => ({
    to: 'loriot/town',
    payload: {
      cmd: heard.gateway === 1 ? 'rx' : 'gw',
      EUI: id,
      ts: atMs,
      fcnt: serial,
      port: PORT,
      freq: HZ,
      dr: 'SF9 BW125 4/5',
      data: bytes.toString('hex'),
      decoded: decoded === undefined ? undefined : { data: decoded },
      ...(heard.gateway === 1
        ? { rssi: heard.rssi, snr: heard.snr }
        : { gws: [{ gweui: 'gateway-2', rssi: heard.rssi, snr: heard.snr }] }),
    },
  }),
);

const thingpark = networkServer(
  ({ id, atMs }) => ({
    to: `mqtt/things/${id}/uplink`,
    payload: { DevEUI_notification: { DevEUI: id, Time: iso(atMs), Type: 'join' } },
  }),
  ({ id, atMs, serial, decoded, bytes, heard }) => ({
    to: `mqtt/things/${id}/uplink`,
    payload: {
      DevEUI_uplink: {
        Time: iso(atMs),
        DevEUI: id,
        DevAddr: '01020304',
        FPort: PORT,
        FCntUp: serial,
        payload_hex: bytes.toString('hex'),
        payload: decoded,
        LrrRSSI: heard.rssi,
        LrrSNR: heard.snr,
        SpFact: 9,
        Frequency: HZ / 1_000_000,
        DevLrrCnt: heard.gateway,
      },
    },
  }),
  ({ id, atMs }) => ({
    to: `mqtt/things/${id}/uplink`,
    payload: { DevEUI_location: { DevEUI: id, Time: iso(atMs), DevLAT: 30.5, DevLON: 114.3 } },
  }),
);

export const NETWORK_SERVERS: Readonly<Record<string, Relay>> = { tts, chirpstack, loriot, thingpark };
