import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createTencentGateway } from '../../simulator/gateways/tencent.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';
import type { Step } from '../../src/notify/decide/step.ts';
import { openNotifier } from '../../src/notify/notifier.ts';
import type { Answer } from '../../src/notify/outbox/store.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock, uptimeOf } from '../support/fake-clock.ts';
import { localTransport } from '../support/notices.ts';
import { entryOf, offered, tellAll } from '../support/telling.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Where no callback can come in: a reply is fetched though the receipt came long before it. */

const TENCENT = { secretId: 'AKIDexample', secretKey: 'tencent-secret-1' };

const tellZhang: Step = (context, state, input) => {
  const result = tellAll(context, state, input);
  return { ...result, intents: result.intents.map((intent) => ({ ...intent, to: { person: 'zhang' } })) };
};

test('a receipt is fetched, and after it the reply', async () => {
  const clock = createFakeClock();
  const gateway = createTencentGateway(TENCENT);
  const server = await startGatewayServer({ gateways: [gateway], nowMs: clock.nowMs });
  afterTest(() => server.close());
  const transport = localTransport(clock.nowMs);
  const answers: Answer[] = [];
  const notifier = openNotifier({
    timezone: 'Asia/Shanghai',
    uptime: uptimeOf(clock),
    linkOf: () => null,
    path: join(temporaryFolder(), 'notify.db'),
    clock,
    step: tellZhang,
    dutyAt: () => null,
    startsAnew: (place) => place === undefined,
    types: CHANNEL_TYPES,
    edge: {
      http: transport,
      resolve: transport.resolve,
      publish: async () => undefined,
      subscribe: () => () => undefined,
    },
    onSystem: () => undefined,
    onAnswer: (answer) => answers.push(answer),
    onBug(error) {
      throw error;
    },
  });
  afterTest(() => {
    notifier.stop();
    notifier.close();
  });
  const template = { code: '1', text: '{1}，回复{2}', variables: { 1: '{point}', 2: '{code}' } };
  const setup = notifySetupSchema.parse({
    people: [{ id: 'zhang', name: '张伟', phone: '13800000000', by: ['sms'] }],
    channels: [
      {
        id: 'sms',
        kind: 'tencent-sms',
        settings: { ...TENCENT, sdkAppId: '1', signName: 's', templates: { alert: template }, endpoint: server.origin },
      },
    ],
  });
  notifier.begin({ log: 'log', seq: 0 }, []);
  notifier.setUp({ revision: 1, setup });
  notifier.take([offered(entryOf(1, { id: 'a-1', level: 'red', atMs: clock.nowMs() }))]);
  const sms = await until('the SMS', () => gateway.taken[0]);
  const stateOf = () => notifier.deliveriesOf('a-1')[0]?.state;
  await until('that it was taken', () => stateOf() === 'accepted');

  gateway.report(sms.ref, sms.phone, true);
  await until('the receipt', () => {
    clock.advance(1_000);
    return stateOf() === 'delivered';
  });
  const code = (sms.body.TemplateParamSet as readonly string[])[1] ?? '';
  gateway.reply(sms.phone, code);
  await until('the reply', () => {
    clock.advance(1_000);
    return answers.length > 0;
  });
  expect(answers).toMatchObject([{ person: 'zhang', via: 'sms', alerts: ['a-1'] }]);
});
