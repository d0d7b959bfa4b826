import type { EnvelopeFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { isObject, numberOf } from '../../gather.ts';
import { ASIDE, batteryOf, countOrNone, heardBest, openObject, openUplink, refused, textOrNone } from '../../uplink.ts';

/** The commands of frames: as the first gateway heard it, and once more with all gateways. */
const UPLINKS = ['rx', 'gw', 'rxd'];
const SPREADING_FACTOR = /^SF(\d{1,2})\b/;

/**
 * Messages of LORIOT's application outputs in JSON (https://docs.loriot.io/, Application API data format). A frame comes as
 * `rx`, and where gateways are asked for as `gw` too: copies, of which one counts.
 */
export function createLoriot(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'loriot',

    open: (_topic, payload) =>
      openObject(payload, (message) => {
        const { cmd, EUI: eui, port, decoded, dr } = message;
        if (typeof cmd !== 'string') return refused(rejectionOf('unknown-message', { server: 'LORIOT' }));
        if (!UPLINKS.includes(cmd)) return ASIDE;
        if (textOrNone(message.data) === undefined && textOrNone(message.encdata) !== undefined) {
          return refused(rejectionOf('encrypted', { name: 'encdata' }));
        }
        const own = { rssi: numberOf(message.rssi), snr: numberOf(message.snr) };
        const spreadingFactor = typeof dr === 'string' ? SPREADING_FACTOR.exec(dr)?.[1] : undefined;
        return openUplink(
          {
            names: [textOrNone(eui)],
            atMs: countOrNone(message.ts),
            fPort: countOrNone(port) ?? 0,
            fCnt: countOrNone(message.fcnt),
            session: null,
            payload: { name: 'data', text: message.data, encoding: 'hex' },
            decoded: isObject(decoded) && isObject(decoded.data) ? decoded.data : decoded,
            radio: {
              ...(own.rssi === undefined ? heardBest(message.gws, 'rssi', ['snr']) : own),
              spreadingFactor: countOrNone(spreadingFactor),
              frequencyHz: numberOf(message.freq),
              ...batteryOf(message.bat),
            },
          },
          futureMaxMs,
        );
      }),
  };
}
