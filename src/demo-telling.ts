import { fileURLToPath } from 'node:url';
import { createAliyunGateway } from '../simulator/gateways/aliyun.ts';
import { startGatewayServer } from '../simulator/gateways/gateway.ts';
import { createStandInPeople } from '../simulator/gateways/people.ts';
import { createWecomRobot } from '../simulator/gateways/robots.ts';
import type { CliContext } from './cli/context.ts';
import { readNotifyFiles } from './cli/notify-files.ts';
import { type ServerOptions, withServer } from './cli/server.ts';
import { systemClock } from './lib/clock.ts';
import { formatProblem, messageOf } from './lib/errors.ts';
import { localMsAt } from './model/calendar.ts';
import type { ChannelEntry } from './model/notify/channel.ts';
import { dutyAt } from './model/notify/duty.ts';

/** Of the demo's gateways, which only this machine reaches. */
const ROBOT_KEY = 'stand-in-robot-of-the-demo';
const CALLS_SECRET = 'stand-in-calls-of-the-demo';
/** The channel of the sample that SMS are sent by. */
const SMS = 'duty-sms';
/** Marks the demo's own revisions. */
const REASON = '演示 demo';
const SAMPLE = fileURLToPath(new URL('../notify', import.meta.url));

/** A refusal is told; there is nothing else to say. */
const CONTEXT: CliContext = {
  stdout: () => {},
  stderr: (text) => void process.stderr.write(text),
  environment: {},
  stdin: async () => '',
};

export interface DemoGateways {
  /** Sets up the people of `notify/`, who do not exist, with these gateways for their channels. Does nothing when somebody has set up others. */
  setUp(server: ServerOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * Stand-ins of the gateways by which the demo tells people: a robot of a group chat and a platform that calls. Nothing
 * leaves this machine, and what was said is seen in the console.
 */
export async function startDemoGateways(): Promise<DemoGateways> {
  const calls = { accessKeyId: 'stand-in', accessKeySecret: CALLS_SECRET };
  const telephones = createAliyunGateway(calls);
  let server: ServerOptions | undefined;
  /** Of the sample: whoever has the first turn now lets it ring, so that the ladder climbs. */
  const { setup: sample, problems } = readNotifyFiles(SAMPLE);
  const silent = () => {
    const onDuty = sample.rotas.flatMap((rota) => dutyAt(rota, sample.calendar, Date.now())?.primary ?? []);
    return sample.people.flatMap(({ id, phone }) => (onDuty.includes(id) ? (phone ?? []) : []));
  };
  const people = createStandInPeople({
    silent,
    taken: () => telephones.taken,
    inGroup: sample.people.at(-1)?.name ?? '',
    pressLink: (link, name) => void pressed(link, name).catch(tell),
    reply: (phone, code) => void replied(server, phone, code).catch(tell),
    after: systemClock.after,
  });
  const gateways = await startGatewayServer({
    gateways: [createWecomRobot(ROBOT_KEY), telephones],
    nowMs: Date.now,
    onReceived: people.hear,
  });
  const settingsOf = ({ kind, settings }: ChannelEntry): ChannelEntry['settings'] => {
    if (kind === 'wecom') return { ...settings, origin: gateways.origin, key: ROBOT_KEY };
    if (kind === 'aliyun-voice' || kind === 'aliyun-sms') return { ...settings, ...calls, endpoint: gateways.origin };
    return settings;
  };
  return {
    async setUp(options) {
      server = options;
      if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
      const channels = sample.channels.map((entry) => ({ ...entry, settings: settingsOf(entry) }));
      await withServer(options, CONTEXT, async (to) => {
        const { body: present } = await to.call('GET /notify/setup');
        // Of an earlier demo in the same folder: its gateways have gone, and these stand elsewhere.
        if ('setup' in present && present.reason !== REASON) return 0;
        const body = { revision: present.revision, setup: { ...sample, channels }, reason: REASON };
        await to.call('PUT /notify/setup', { body });
        return 0;
      });
    },
    async close() {
      people.stop();
      await gateways.close();
    },
  };
}

/** A demo that stops cuts off who is just answering. */
const tell = (error: unknown): void => void process.stderr.write(`a stand-in could not answer: ${messageOf(error)}\n`);

/** The button of the page behind a link. */
async function pressed(link: string, name: string): Promise<void> {
  const answer = await fetch(link, { method: 'POST', body: new URLSearchParams({ name }) });
  await answer.body?.cancel();
}

/** What the platform posts to the address of its channel when somebody replies to an SMS. */
async function replied(server: ServerOptions | undefined, phone: string, code: string): Promise<void> {
  if (server === undefined) return;
  await withServer(server, CONTEXT, async (to) => {
    const { body } = await to.call('GET /notify/channels');
    const callback = body.items.find(({ id }) => id === SMS)?.callback ?? null;
    const [channel, key] = callback?.split('/').slice(-2) ?? [];
    if (channel === undefined || key === undefined) return 0;
    const entry = { phone_number: phone, content: code, send_time: aliyunTime(Date.now()) };
    await to.call('POST /notify/callbacks/{channel}/{key}', { path: { channel, key }, body: [entry] });
    return 0;
  });
}

/** As the platform writes times: by the clocks of China. */
function aliyunTime(ms: number): string {
  return new Date(localMsAt('Asia/Shanghai', ms)).toISOString().slice(0, 19).replace('T', ' ');
}
