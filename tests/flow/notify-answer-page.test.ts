import { fastify as Fastify } from 'fastify';
import { expect, test } from 'vitest';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import { answerPageRoutes } from '../../src/api/routes/answer-page.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAnswerLinks } from '../../src/notify/answer-link.ts';
import { afterTest } from '../support/after-test.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

/** A message is answered by its link, on a phone, without a login. */

const KEY = 'robot-key-for-tests';
const SITE = plainSite(1, { high: { metric: 'v', levels: { red: { above: 50 } } } });

test('who opens the link changes nothing; who presses the button acknowledges, under the name he gives', async () => {
  const robot = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
  afterTest(() => robot.close());
  const brink = await startBrink(SITE, {
    flags: ['--notify-allow', '127.0.0.1', '--public-url', 'https://brink.example/'],
  });
  const setup = {
    channels: [{ id: 'robot', kind: 'wecom', settings: { origin: robot.origin, key: KEY } }],
    routes: [{ id: 'all', to: [{ channel: 'robot' }] }],
  };
  expect((await brink.call('PUT', '/notify/setup', { revision: 0, setup })).status).toBe(200);
  await publish(await brink.device('dev-1'), { v: 60 });
  const link = await until('a message with a link', async () =>
    robot.received.flatMap(({ text }) => /https:\/\/brink\.example(\/answer\/[\w-]+)/.exec(text)?.[1] ?? []).at(0),
  );
  const open = (path: string, body?: string) =>
    fetch(`${brink.app.http}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    });
  const alert = async () => (await brink.alerts())[0];
  for (let i = 0; i < 10; i++) {
    const page = await open(link);
    expect([page.status, page.headers.get('content-security-policy')]).toMatchObject([200, /default-src 'none'/]);
    expect(await page.text()).toContain('确认收到');
  }
  expect((await open(link, 'name=')).status).toBe(422);
  expect(await alert()).toMatchObject({ acknowledged: false });

  const forged = `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`;
  expect([(await open(forged)).status, (await open(forged, 'name=x')).status]).toEqual([404, 404]);
  const elsewhere = createAnswerLinks(new Uint8Array(32)).tokenOf(
    '00000000-0000-0000-0000-000000000000',
    Date.now() + 1e9,
  );
  expect((await open(`/answer/${elsewhere}`, 'name=x')).status).toBe(404);
  expect(await alert()).toMatchObject({ acknowledged: false });

  const answered = await open(link, `name=${encodeURIComponent('<b>张三</b>')}`);
  expect(answered.status).toBe(200);
  expect(await answered.text()).toContain('&lt;b&gt;张三&lt;/b&gt;');
  await until('the acknowledgement', async () => (await alert())?.acknowledged);
  const [entry] = (await brink.events()).filter(({ event }) => event === 'acknowledged');
  expect(entry).toMatchObject({ by: 'link:<b>张三</b>', cause: { ref: 'link' } });
  // Once more does no harm.
  expect((await open(link, 'name=%E6%9D%8E')).status).toBe(200);
  expect((await brink.events()).filter(({ event }) => event === 'acknowledged')).toHaveLength(1);
});

test('a button that was shown for another level answers nothing, and shows how it is', async () => {
  let level: 'yellow' | 'red' = 'yellow';
  const answered: string[] = [];
  const app = Fastify();
  afterTest(() => app.close());
  const page = () => ({
    isRehearsal: false,
    alerts: [{ id: 'a', level, text: '下穿道' }],
    person: { id: 'li', name: '李四' },
  });
  const telling = {
    answerPage: async () => page(),
    answer: async () => {
      answered.push(level);
      return 'answered' as const;
    },
  };
  await app.register(answerPageRoutes(telling, systemClock));
  const shown = /name="shown" value="([\w-]+)"/.exec((await app.inject('/answer/x')).body)?.[1] ?? '';
  expect(shown).not.toBe('');
  level = 'red';
  const press = (value: string) =>
    app.inject({
      method: 'POST',
      url: '/answer/x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `shown=${value}`,
    });
  const again = await press(shown);
  expect([again.statusCode, answered]).toEqual([409, []]);
  const renewed = /name="shown" value="([\w-]+)"/.exec(again.body)?.[1] ?? '';
  expect([(await press(renewed)).statusCode, answered]).toEqual([200, ['red']]);
});

test('a link that is over says so', () => {
  const links = createAnswerLinks(new Uint8Array(32).fill(7));
  const request = '01234567-89ab-cdef-0123-456789abcdef';
  const token = links.tokenOf(request, 1_000);
  expect(links.read(token, 999)).toEqual({ request });
  expect(links.read(token, 1_000)).toBe('expired');
  expect(links.read(`${token}A`, 999)).toBe('forged');
  for (let at = 0; at < token.length; at++) {
    const changed = `${token.slice(0, at)}${token[at] === 'x' ? 'y' : 'x'}${token.slice(at + 1)}`;
    expect(links.read(changed, 999)).toBe('forged');
  }
});
