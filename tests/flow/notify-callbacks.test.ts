import { expect, test } from 'vitest';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { startSmsOffice } from '../support/sms-office.ts';
import { until } from '../support/until.ts';

/** What a gateway posts to a channel's address: a receipt is proof, and a reply with the code acknowledges. */

const SITE = plainSite(1, { high: { metric: 'v', levels: { orange: { above: 20 }, red: { above: 50 } } } });

interface Told {
  readonly channel: string;
  readonly state: string;
}

const codeOf = async (answer: Response) => ((await answer.json()) as { readonly code: string }).code;

test('a receipt is a proof, a reply with its code an acknowledgement by him, and without the key nothing is taken', async () => {
  const { gateway, setup } = await startSmsOffice('张三', [
    { id: 'all', to: [{ person: 'zhang' }, { channel: 'robot' }] },
  ]);
  const brink = await startBrink(SITE, { flags: ['--notify-allow', '127.0.0.1'] });
  const made = await brink.call('PUT', '/notify/setup', { revision: 0, setup, reason: '汛期值班' });
  expect([made.status, await made.clone().text()]).toEqual([200, expect.any(String)]);

  await publish(await brink.device('dev-1'), { v: 60 });
  const sms = await until('the SMS', () => gateway.taken[0]);
  const { code } = JSON.parse(sms.query.TemplateParam ?? '{}') as { readonly code: string };
  expect(code).toMatch(/^\d{4}$/);

  const channels = await until('how the channels fare', async () => {
    const { items } = await brink.get<{ items: { id: string; callback: string | null }[] }>('/notify/channels');
    return items.length === 2 ? items : undefined;
  });
  expect(channels.find(({ id }) => id === 'robot')?.callback).toBeNull();
  const path = channels.find(({ id }) => id === 'sms')?.callback;
  expect(path).toMatch(/^\/notify\/callbacks\/sms\/[\w-]{32}$/);
  const post = (to: string, body: unknown) =>
    fetch(`${brink.app.http}/api/v1${to}`, { method: 'POST', body: JSON.stringify(body) });

  const receipt = [{ phone_number: '13800000001', success: true, err_code: 'DELIVERED', biz_id: sms.ref }];
  for (const wrong of ['/notify/callbacks/sms/wrong', String(path).replace('/sms/', '/robot/')]) {
    const answer = await post(wrong, receipt);
    expect([answer.status, await codeOf(answer)]).toEqual([401, 'bad-credentials']);
  }
  const unread = await post(String(path), 'nothing of theirs');
  expect([unread.status, await codeOf(unread)]).toEqual([400, 'bad-request']);

  const [alert] = await until('the alert', async () => {
    const alerts = await brink.alerts();
    return alerts.length > 0 ? alerts : undefined;
  });
  const told = async () => (await brink.get<{ items: Told[] }>(`/alerts/${alert?.id}/told`)).items;
  const heard = await post(String(path), receipt);
  expect([heard.status, await heard.json()]).toEqual([200, { code: 0, msg: 'OK' }]);
  await until('the proof', async () =>
    (await told()).some(({ channel, state }) => channel === 'sms' && state === 'delivered'),
  );

  await post(String(path), [{ phone_number: '13800000001', content: code, send_time: '2026-07-03 02:15:00' }]);
  await until('the acknowledgement', async () => (await brink.alerts())[0]?.acknowledged);
  const acknowledged = (await brink.events()).find(({ event }) => event === 'acknowledged');
  expect(acknowledged).toMatchObject({ by: '张三' });
  expect((await told()).find(({ channel }) => channel === 'sms')?.state).toBe('answered');
});
