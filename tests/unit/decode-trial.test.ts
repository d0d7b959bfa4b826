import { expect, test } from 'vitest';
import { tryMessage } from '../../src/decode/trial.ts';
import { frameOf } from '../../src/gateways/hj212/frame.ts';
import { type Profile, profileSchema } from '../../src/model/site.ts';
import type { Trial } from '../../src/model/trial.ts';
import { FRAME_PROTOCOLS } from '../../src/services/start/line-sources.ts';

const NOW_MS = 1_700_000_000_000;

const GAUGE = {
  id: 'gauge',
  ...profileSchema.parse({
    family: 'waterlogging',
    metrics: { depth: { unit: 'cm', range: [0, 300] }, battery: { unit: '%' } },
    messages: [
      {
        topic: 'tele/{device}/SENSOR',
        metrics: { depth: { at: 'SR04.Distance' } },
      },
    ],
  }),
};
const GAS = {
  id: 'gas',
  ...profileSchema.parse({ family: 'gas', metrics: { ch4: { unit: '%LEL' }, alarm: { type: 'boolean' } } }),
};

function tried(profile: Profile, topic: string | undefined, payload: string | Uint8Array): Promise<Trial> {
  const message = {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    receivedAtMs: NOW_MS,
  };
  return tryMessage(profile, message, { futureMaxMs: 60_000, protocols: FRAME_PROTOCOLS });
}

test('what a message yields is said by field, with its unit, time and quality', async () => {
  const trial = await tried(
    GAUGE,
    'telemetry/w-1',
    '{"ts": 1699999999000, "values": {"depth": 400, "battery": 80, "rssi": -70}}',
  );
  expect(trial).toMatchObject({ profile: 'gauge', format: 'native', rejection: null });
  expect(trial.devices).toEqual([
    {
      ids: ['w-1'],
      readings: [
        { field: 'depth', value: 400, unit: 'cm', tsMs: 1_699_999_999_000, quality: 'bad' },
        { field: 'battery', value: 80, unit: '%', tsMs: 1_699_999_999_000, quality: 'good' },
      ],
      readingCount: 2,
      rejection: null,
      unused: [],
    },
  ]);
});

test('what a network server has decoded and the profile does not name is named, so that a level is not missed by its name', async () => {
  const uplink = (decoded_payload: unknown) =>
    JSON.stringify({
      end_device_ids: { device_id: 'culvert', dev_eui: '24E124136B320001' },
      received_at: new Date(NOW_MS).toISOString(),
      uplink_message: { f_port: 85, f_cnt: 1, frm_payload: 'AXVk', decoded_payload },
    });
  const decoded = { water_level: 120, battery: 90, probe: { tilt: 3, state: 'ok' }, list: [1], nothing: null };
  const topic = 'v3/app/devices/culvert/up';
  const byName = { ...GAUGE, messages: undefined };
  const [device] = (await tried(byName, topic, uplink(decoded))).devices;
  expect(device?.readings).toMatchObject([{ field: 'battery', value: 90 }]);
  expect(device?.unused).toEqual([
    { name: 'water_level', value: 120 },
    { name: 'probe.tilt', value: 3 },
    { name: 'probe.state', value: 'ok' },
  ]);
  const messages = [{ format: 'uplink', metrics: { depth: { at: 'water_level', scale: 0.1 }, battery: 'battery' } }];
  const mapped = { id: 'mapped', ...profileSchema.parse({ family: 'waterlogging', metrics: GAUGE.metrics, messages }) };
  const [other] = (await tried(mapped, topic, uplink(decoded))).devices;
  expect(other?.readings).toMatchObject([
    { field: 'depth', value: 12 },
    { field: 'battery', value: 90 },
  ]);
  expect(other?.unused.map(({ name }) => name)).toEqual(['probe.tilt', 'probe.state']);
});

test('a profile’s own rules read what they are for, and a topic that nobody reads says so', async () => {
  const mapped = await tried(GAUGE, 'tele/yard/SENSOR', '{"Time":"2026-07-01T12:00:00","SR04":{"Distance":12.5}}');
  expect(mapped).toMatchObject({
    format: 'mapped',
    devices: [{ readings: [{ field: 'depth', value: 12.5 }] }],
  });
  expect(await tried(GAS, 'tele/yard/SENSOR', '{}')).toEqual({
    profile: 'gas',
    format: null,
    devices: [],
    rejection: null,
    likeness: 0,
  });
});

test('a frame of a line protocol is read by its topic', async () => {
  const profile = { id: 'noise', ...profileSchema.parse({ family: 'other', metrics: { 'LA-Rtd': { unit: 'dB' } } }) };
  const frame = frameOf('QN=20231115061300000;ST=22;CN=2011;PW=1;MN=A1;Flag=4;CP=&&LA-Rtd=54.2&&');
  const trial = await tried(profile, 'hj212/A1', Buffer.from(frame).toString());
  expect(trial).toMatchObject({ format: 'hj212', devices: [{ readings: [{ field: 'LA-Rtd', value: 54.2 }] }] });
});

test('a message whose topic nobody knows is tried in every form, and read in its own', async () => {
  const level = {
    id: 'level',
    ...profileSchema.parse({
      family: 'waterlogging',
      metrics: { depth: {}, fire: { type: 'boolean' }, 'LA-Rtd': {}, voltage: {} },
      messages: [
        { topic: 'dtu/{device}/up', metrics: { depth: 'd.cm' } },
        { topic: 'bare/{device}', format: 'text', metrics: { depth: '$' } },
      ],
    }),
  };
  const forms: readonly (readonly [format: string, payload: string | Uint8Array])[] = [
    ['native', '{"depth": 4}'],
    ['mapped', '{"d": {"cm": 4}}'],
    ['mapped', '4.5'],
    [
      'the-things-stack',
      JSON.stringify({
        end_device_ids: { device_id: 'a' },
        uplink_message: { f_port: 1, decoded_payload: { depth: 4 } },
      }),
    ],
    [
      'chirpstack',
      '{"deviceInfo": {"devEui": "a84041000000000c"}, "fPort": 1, "data": "AQ==", "object": {"depth": 4}}',
    ],
    ['loriot', '{"cmd": "rx", "EUI": "0004A30B00000001", "port": 2, "data": "01", "decoded": {"depth": 4}}'],
    [
      'thingpark',
      '{"DevEUI_uplink": {"DevEUI": "70B3D57BA0000001", "FPort": 1, "payload_hex": "01", "payload": {"depth": 4}}}',
    ],
    ['senml', '[{"bn": "urn:dev:mac:0024befffe804ff1/", "n": "depth", "v": 4}]'],
    ['geohazard', '{"10000001": {"depth": {"2026-07-01T00:00:00Z": 4}}}'],
    [
      'ctwing',
      '{"messageType": "dataReport", "deviceId": "9900", "timestamp": 1, "payload": {"serviceData": {"depth": 4}}}',
    ],
    [
      'iotda',
      JSON.stringify({
        ...{ resource: 'device.property', event: 'report' },
        notify_data: {
          header: { device_id: 'd' },
          body: { services: [{ service_id: 's', properties: { depth: 4 } }] },
        },
      }),
    ],
    ['hj212', frameOf('QN=20260801085000001;ST=22;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&LA-Rtd=50.1,LA-Flag=N&&')],
  ];
  for (const [format, payload] of forms) {
    const trial = await tried(level, undefined, payload);
    expect([format, trial.format, trial.devices.map(({ readingCount }) => readingCount)]).toEqual([
      format,
      format,
      [1],
    ]);
    expect(trial.likeness).toBeGreaterThan(0);
  }
  const nothing = await tried(level, undefined, 'no words of ours');
  expect([nothing.likeness, nothing.profile]).toEqual([0, 'level']);
  // One that is damaged is known for what it is, and not taken for a bare text.
  const frame = Buffer.from(frameOf('QN=20260801085000001;ST=22;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&LA-Rtd=50&&'));
  const damaged = frame.toString().replace('Rtd=50', 'Rtd=51');
  const { format, likeness, devices } = await tried(level, undefined, damaged);
  expect([format, likeness, devices[0]?.rejection?.reason]).toEqual(['hj212', 0, 'bad-checksum']);
});

test('what cannot be read has its reason, and nothing is thrown', async () => {
  expect((await tried(GAS, 'telemetry/g', '7E 7E')).devices[0]?.rejection?.reason).toBe('not-json');
  expect((await tried(GAS, 'telemetry/g', '{"x": 1}')).devices[0]?.rejection?.reason).toBe('no-known-field');
});

test('the likeliest profile is the one that reads most of a message, and reads it well', async () => {
  const likelier = async (payload: string) => {
    const [gauge, gas] = await Promise.all(
      [GAUGE, GAS].map(async (profile) => (await tried(profile, 'telemetry/x', payload)).likeness),
    );
    return (gauge ?? 0) > (gas ?? 0) ? 'gauge' : (gauge ?? 0) < (gas ?? 0) ? 'gas' : null;
  };
  expect(await likelier('{"depth": 12, "battery": 87}')).toBe('gauge');
  expect(await likelier('{"ch4": 1, "alarm": false, "battery": 87}')).toBe('gas');
  expect(await likelier('{"depth": 900, "ch4": 1}')).toBe('gas');
  expect(await likelier('{"temperature": 21}')).toBeNull();
});

test('of two profiles that read a message alike, the one without a form of its own is likelier', async () => {
  const plain: Profile = { ...GAUGE, id: 'plain', messages: undefined };
  const likeness = async (profile: Profile, payload: string) => (await tried(profile, 'telemetry/x', payload)).likeness;
  const ofPlain = await likeness(plain, '{"depth": 2}');
  const ofOther = await likeness(GAUGE, '{"depth": 2}');
  expect(ofPlain).toBeGreaterThan(ofOther);
  // More that was read counts for more than that.
  expect(await likeness(GAUGE, '{"depth": 2, "battery": 80}')).toBeGreaterThan(ofPlain);
});
