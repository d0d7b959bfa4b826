import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { isObject, numberOf } from '../../gather.ts';
import {
  ASIDE,
  at,
  countOrNone,
  firstTime,
  heardBest,
  openObject,
  openUplink,
  refused,
  textOrNone,
} from '../../uplink.ts';

const deviceId = at('end_device_ids.device_id');
const devEui = at('end_device_ids.dev_eui');
const gateways = at('rx_metadata');
const spreadingFactor = at('settings.data_rate.lora.spreading_factor');
const frequency = at('settings.frequency');
const battery = at('last_battery_percentage.value');

/** What else an application server says of a device, told by the key that it stands under. */
const KNOWN = [
  'join_accept',
  'downlink_ack',
  'downlink_nack',
  'downlink_sent',
  'downlink_failed',
  'downlink_queued',
  'downlink_queue_invalidated',
  'location_solved',
  'service_data',
  // What somebody would have a device do.
  'downlinks',
  // An uplink once more, in words that are the same for all vendors.
  'uplink_normalized',
];

/**
 * Messages of The Things Stack v3 (The Things Network, The Things Industries), in JSON, as its application server publishes
 * them: https://www.thethingsindustries.com/docs/concepts/data-formats/. What is 0, false or empty it leaves out.
 */
export function createTheThingsStack(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'the-things-stack',

    open: (_topic, payload) =>
      openObject(payload, (message) => {
        const { uplink_message: uplink } = message;
        if (!isObject(uplink)) {
          const isKnown = KNOWN.some((key) => Object.hasOwn(message, key));
          return isKnown ? ASIDE : refused(rejectionOf('unknown-message', { server: 'The Things Stack' }));
        }
        return openUplink(
          {
            names: [textOrNone(devEui(message)), textOrNone(deviceId(message))],
            atMs: firstTime(message.received_at, uplink.received_at),
            fPort: countOrNone(uplink.f_port) ?? 0,
            fCnt: countOrNone(uplink.f_cnt) ?? 0,
            session: uplink.session_key_id,
            payload: { name: 'frm_payload', text: uplink.frm_payload, encoding: 'base64' },
            decoded: uplink.decoded_payload,
            radio: {
              ...heardBest(gateways(uplink), 'rssi', ['snr']),
              spreadingFactor: countOrNone(spreadingFactor(uplink)),
              frequencyHz: numberOf(frequency(uplink)),
              battery: numberOf(battery(uplink)),
            },
          },
          futureMaxMs,
        );
      }),
  };
}
