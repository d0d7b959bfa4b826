import { fileURLToPath } from 'node:url';
import { createAliyunGateway } from '../simulator/gateways/aliyun.ts';
import { startGatewayServer } from '../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../simulator/gateways/robots.ts';
import type { CliContext } from './cli/context.ts';
import { readNotifyFiles } from './cli/notify-files.ts';
import { type ServerOptions, withServer } from './cli/server.ts';
import { formatProblem } from './lib/errors.ts';
import type { ChannelEntry } from './model/notify/channel.ts';

/** Of the demo's gateways, which only this machine reaches. */
const ROBOT_KEY = 'stand-in-robot-of-the-demo';
const CALLS_SECRET = 'stand-in-calls-of-the-demo';
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
  const gateways = await startGatewayServer({
    gateways: [createWecomRobot(ROBOT_KEY), createAliyunGateway(calls)],
    nowMs: Date.now,
  });
  const settingsOf = ({ kind, settings }: ChannelEntry): ChannelEntry['settings'] => {
    if (kind === 'wecom') return { ...settings, origin: gateways.origin, key: ROBOT_KEY };
    if (kind === 'aliyun-voice') return { ...settings, ...calls, endpoint: gateways.origin };
    return settings;
  };
  return {
    async setUp(options) {
      const { setup, problems } = readNotifyFiles(SAMPLE);
      if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
      const channels = setup.channels.map((entry) => ({ ...entry, settings: settingsOf(entry) }));
      await withServer(options, CONTEXT, async (server) => {
        const { body: present } = await server.call('GET /notify/setup');
        // Of an earlier demo in the same folder: its gateways have gone, and these stand elsewhere.
        if ('setup' in present && present.reason !== REASON) return 0;
        const body = { revision: present.revision, setup: { ...setup, channels }, reason: REASON };
        await server.call('PUT /notify/setup', { body });
        return 0;
      });
    },
    close: () => gateways.close(),
  };
}
