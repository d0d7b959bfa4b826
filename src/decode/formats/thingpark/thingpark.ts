import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { isObject, numberOf } from '../../gather.ts';
import {
  ASIDE,
  at,
  batteryOf,
  countOrNone,
  firstTime,
  openObject,
  openUplink,
  refused,
  textOrNone,
} from '../../uplink.ts';

const OTHERS = /^DevEUI_\w+$/;
const gateways = at('Lrrs.Lrr');
const HZ_PER_MHZ = 1_000_000;

/**
 * Messages of Actility ThingPark in JSON (LoRaWAN application server tunnel interface): `DevEUI_uplink` has frames, and with a
 * driver what it made of them (`payload`); locations, notifications and reports of downlinks come along.
 */
export function createThingPark(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'thingpark',

    open: (_topic, payload) =>
      openObject(payload, (message) => {
        const { DevEUI_uplink: uplink } = message;
        if (!isObject(uplink)) {
          const isKnown = Object.keys(message).some((key) => OTHERS.test(key));
          return isKnown ? ASIDE : refused(rejectionOf('unknown-message', { server: 'ThingPark' }));
        }
        const heard = gateways(uplink);
        const megahertz = numberOf(uplink.Frequency);
        return openUplink(
          {
            names: [textOrNone(uplink.DevEUI)],
            atMs: firstTime(uplink.Time),
            fPort: countOrNone(uplink.FPort) ?? 0,
            fCnt: countOrNone(uplink.FCntUp),
            session: uplink.DevAddr,
            payload: { name: 'payload_hex', text: uplink.payload_hex, encoding: 'hex' },
            decoded: uplink.payload,
            radio: {
              rssi: numberOf(uplink.LrrRSSI),
              snr: numberOf(uplink.LrrSNR),
              gateways: countOrNone(uplink.DevLrrCnt) ?? (Array.isArray(heard) ? heard.length : undefined),
              spreadingFactor: countOrNone(uplink.SpFact),
              frequencyHz: megahertz === undefined ? undefined : Math.round(megahertz * HZ_PER_MHZ),
              ...batteryOf(uplink.BatteryLevel),
            },
          },
          futureMaxMs,
        );
      }),
  };
}
