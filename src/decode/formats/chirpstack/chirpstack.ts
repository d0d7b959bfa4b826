import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { isObject, type JsonObject, numberOf } from '../../gather.ts';
import {
  ASIDE,
  at,
  countOrNone,
  firstTime,
  heardBest,
  openObject,
  openStatus,
  openUplink,
  type Radio,
  refused,
  textOrNone,
} from '../../uplink.ts';

const devEui = at('deviceInfo.devEui');
const deviceName = at('deviceInfo.deviceName');
const gateway = at('rxInfo[0]');
const modulation = at('txInfo.modulation.lora.spreadingFactor');
const modulationOf3 = at('txInfo.loRaModulationInfo.spreadingFactor');
const dataRateOf3 = at('txInfo.dataRate.spreadFactor');
const frequency = at('txInfo.frequency');

/**
 * Events of ChirpStack v4 in JSON, as its MQTT integration publishes them (https://www.chirpstack.io/docs/, Event types), and
 * of v3, which also gateways with a server of their own speak. An event is known by what it holds: the topic is a setting.
 */
export function createChirpStack(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'chirpstack',

    open: (topic, payload) =>
      openObject(payload, (event) => {
        // What somebody would have a device do; it looks like an uplink.
        if (topic.includes('/command/')) return ASIDE;
        const names = [euiOf(devEui(event) ?? event.devEUI), textOrNone(deviceName(event) ?? event.deviceName)];
        if (names.every((name) => name === undefined)) {
          return refused(rejectionOf('unknown-message', { server: 'ChirpStack' }));
        }
        if (isUplink(event)) {
          return openUplink(
            {
              names,
              atMs: timeOf(event),
              fPort: countOrNone(event.fPort) ?? 0,
              fCnt: countOrNone(event.fCnt),
              session: event.devAddr,
              payload: { name: 'data', text: event.data, encoding: 'base64' },
              decoded: event.object ?? parsed(event.objectJSON),
              radio: {
                ...heardBest(event.rxInfo, 'rssi', ['snr', 'loRaSNR']),
                spreadingFactor: countOrNone(modulation(event) ?? modulationOf3(event) ?? dataRateOf3(event)),
                frequencyHz: numberOf(frequency(event)),
              },
            },
            futureMaxMs,
          );
        }
        const isStatus = event.margin !== undefined || event.batteryLevel !== undefined;
        return isStatus ? openStatus(names, statusOf(event), timeOf(event), futureMaxMs) : ASIDE;
      }),
  };
}

/** An event of an integration such as a geolocation has an object too. */
function isUplink(event: JsonObject): boolean {
  if (event.integrationName !== undefined || event.eventType !== undefined) return false;
  return ['fPort', 'data', 'object', 'objectJSON'].some((key) => Object.hasOwn(event, key));
}

function timeOf(event: JsonObject): number | undefined {
  const first = gateway(event);
  const { nsTime, gwTime, time } = isObject(first) ? first : {};
  return firstTime(event.time, nsTime, gwTime, time, event.publishedAt);
}

function statusOf(event: JsonObject): Radio {
  const isUnknown = event.batteryLevelUnavailable === true || event.externalPowerSource === true;
  return {
    margin: numberOf(event.margin),
    externalPower: typeof event.externalPowerSource === 'boolean' ? event.externalPowerSource : undefined,
    battery: isUnknown ? undefined : numberOf(event.batteryLevel),
  };
}

const EUI_IN_BASE64 = /^[\w+/-]{11}=$/;

/** v3 writes a DevEUI in base64. */
function euiOf(eui: unknown): string | undefined {
  const text = textOrNone(eui);
  return text !== undefined && EUI_IN_BASE64.test(text) ? Buffer.from(text, 'base64').toString('hex') : text;
}

/** v3 writes the decoded object as text. */
function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
