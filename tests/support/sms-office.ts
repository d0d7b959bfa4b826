import { createAliyunGateway } from '../../simulator/gateways/aliyun.ts';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import { afterTest } from './after-test.ts';

const ACCOUNT = { accessKeyId: 'LTAI5tExample', accessKeySecret: 'aliyun-secret-1' };

/**
 * The stand-ins of an SMS gateway and of a robot, and a setup by which Zhang is told by the one and a group by the other; the
 * routes are the test's.
 */
export async function startSmsOffice(name: string, routes: readonly unknown[]) {
  const gateway = createAliyunGateway(ACCOUNT);
  const server = await startGatewayServer({ gateways: [gateway, createWecomRobot('robot-key')], nowMs: Date.now });
  afterTest(() => server.close());
  const template = {
    code: 'SMS_1',
    text: `\${what}回复\${code}`,
    variables: { what: '{level}{point}', code: '{code}' },
  };
  const setup = {
    people: [{ id: 'zhang', name, phone: '13800000001', by: ['sms'] }],
    channels: [
      {
        id: 'sms',
        kind: 'aliyun-sms',
        settings: { ...ACCOUNT, signName: '正阳', templates: { alert: template }, endpoint: server.origin },
      },
      { id: 'robot', kind: 'wecom', settings: { key: 'robot-key', origin: server.origin } },
    ],
    routes,
  };
  return { gateway, server, setup };
}
