import { describe, expect, test } from 'vitest';
import { createAliyunGateway } from '../../simulator/gateways/aliyun.ts';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createTencentGateway } from '../../simulator/gateways/tencent.ts';
import type { ChannelKind } from '../../src/model/notify/channel.ts';
import type { Outcome } from '../../src/notify/channel.ts';
import { readChannel } from '../../src/notify/channel-types.ts';
import { signAliyun } from '../../src/notify/channels/aliyun.ts';
import { aliyunSms } from '../../src/notify/channels/aliyun-sms.ts';
import { aliyunVoice } from '../../src/notify/channels/aliyun-voice.ts';
import { phoneDigits, phoneE164, smsText } from '../../src/notify/channels/sms-template.ts';
import { tencentSignature } from '../../src/notify/channels/tencent.ts';
import { tencentSms } from '../../src/notify/channels/tencent-sms.ts';
import { tencentVoice } from '../../src/notify/channels/tencent-voice.ts';
import { afterTest } from '../support/after-test.ts';
import { edgeWith, NOTICE_AT_MS, noticeOf, personOf } from '../support/notices.ts';

const SMS_TEXT = `\${what}，\${where}，现为\${value}。回复\${code}确认。`;
const VARIABLES = { what: '{level}{metric}', where: '{area}{point}', value: '{value}', code: '{code}' };
const ALIYUN = { accessKeyId: 'LTAI5tExample', accessKeySecret: 'aliyun-secret-1' };
const TENCENT = { secretId: 'AKIDexample', secretKey: 'tencent-secret-1' };

describe('signatures are those of the vectors', () => {
  test('Aliyun V3', () => {
    const { headers } = signAliyun(
      {
        endpoint: 'https://ecs.cn-shanghai.aliyuncs.com',
        accessKeyId: 'YourAccessKeyId',
        accessKeySecret: 'YourAccessKeySecret',
        action: 'RunInstances',
        version: '2014-05-26',
        query: { RegionId: 'cn-shanghai', ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd' },
      },
      Date.parse('2023-10-26T10:22:32Z'),
      '3156853299f313e23d1673dc12e1703d',
    );
    expect(headers.authorization).toMatch(
      /Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0$/,
    );
  });

  test('Tencent V3', () => {
    const call = {
      host: 'cvm.tencentcloudapi.com',
      service: 'cvm',
      secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
      body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
    };
    expect(tencentSignature(call, 1_551_113_065)).toBe(
      '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
    );
  });
});

describe('what an approved text may hold', () => {
  const problemsOf = (template: unknown) =>
    readChannel(
      {
        id: 'sms',
        kind: 'aliyun-sms',
        off: false,
        settings: { accessKeyId: 'a', signName: '正阳', templates: { alert: template } },
      },
      { accessKeySecret: 'b' },
    ).problems.map(({ code, path }) => `${path.slice(3).join('.')} ${code}`);

  test.each([
    [{ code: 'SMS_1', text: SMS_TEXT, variables: VARIABLES }, []],
    [{ code: 'SMS_1', text: '【正阳】浓度 5 mg/m³' }, ['text template-signs']],
    [{ code: 'SMS_1', text: '请拨 13800000000' }, ['text template-signs']],
    [{ code: 'SMS_1', text: '暴雨预警' }, ['text public-warning-word']],
    [
      { code: 'SMS_1', text: SMS_TEXT, variables: { ...VARIABLES, code: '{link}' } },
      ['variables.code template-link-in-variable'],
    ],
    [
      { code: 'SMS_1', text: SMS_TEXT, variables: { ...VARIABLES, code: 'http://x/{code}' } },
      ['variables.code template-link-in-variable'],
    ],
    [
      { code: 'SMS_1', text: SMS_TEXT, variables: { ...VARIABLES, code: '{kode}' } },
      ['variables.code unknown-notice-field'],
    ],
    [{ code: 'SMS_1', text: SMS_TEXT, variables: { what: '{metric}' } }, ['variables template-variables']],
    [{ code: 'SMS_1', text: '长'.repeat(501) }, ['text too-big']],
  ])('%j: %j', (template, expected) => {
    expect(problemsOf(template)).toEqual(expected);
  });

  test.each([
    ['12.5 mg/m³', '12.5 毫克每立方米'],
    ['12.5mg/m3', '12.5毫克每立方米'],
    ['52 cm', '52 厘米'],
    ['3.2 m', '3.2 米'],
    ['0.8 m/s', '0.8 米每秒'],
    ['21 ℃', '21 摄氏度'],
    ['12 ppm', '12 ppm'],
    ['暴雨红色预警 http://evil/x 🚨【a】', '暴雨红色报警 （a）'],
    ['3 号井 → 5 号井', '3 号井 至 5 号井'],
  ])('%s is said as %s', (value, said) => {
    expect(smsText(value)).toBe(said);
  });

  test('a value that is too long is cut, and one of nothing is a word', () => {
    const settings = aliyunSms.settings.parse({
      ...ALIYUN,
      signName: 's',
      templates: { alert: { code: 'SMS_1', text: SMS_TEXT, variables: VARIABLES } },
    });
    const { body } = aliyunSms.compose(noticeOf({ fields: { area: '很长的名字'.repeat(20) } }), [personOf()], settings);
    const param = JSON.parse((body as { param: string }).param);
    expect(param).toEqual({ what: '红色积水', where: expect.stringMatching(/^.{34}…$/), value: '52 厘米', code: '无' });
  });

  test.each([
    ['138 0000 0000', '13800000000', '+8613800000000'],
    ['+86 138-0000-0000', '13800000000', '+8613800000000'],
    ['023-79310000', '02379310000', '+862379310000'],
    ['+85291234567', '+85291234567', '+85291234567'],
  ])('%s is %s and %s', (phone, digits, e164) => {
    expect([phoneDigits(phone), phoneE164(phone)]).toEqual([digits, e164]);
  });
});

describe('proofs', () => {
  async function opened(
    kind: ChannelKind,
    gateway: Parameters<typeof startGatewayServer>[0]['gateways'][number],
    settings: object,
    secrets: Record<string, string>,
  ) {
    const server = await startGatewayServer({ gateways: [gateway], nowMs: () => NOTICE_AT_MS });
    afterTest(() => server.close());
    const { ready, problems } = readChannel(
      { id: kind, kind, off: false, settings: { ...settings, endpoint: server.origin } },
      secrets,
    );
    if (ready === null) throw new Error(JSON.stringify(problems));
    const channel = ready.open(edgeWith({ nowMs: () => NOTICE_AT_MS }));
    const outcome = await channel.send(ready.compose(noticeOf({ code: '4711' }), [personOf()]));
    return {
      channel,
      pending: [{ ref: refOf(outcome), phone: '13800000000', acceptedAtMs: NOTICE_AT_MS, isDelivered: false }],
    };
  }
  const refOf = (outcome: Outcome) => (outcome.state === 'accepted' ? (outcome.refs[0] ?? '') : '');
  const aliyunTemplates = { alert: { code: 'SMS_1', text: SMS_TEXT, variables: VARIABLES } };
  const tencentTemplates = { alert: { code: '1', text: '{1}回复{2}', variables: { 2: '{code}', 1: '{metric}' } } };

  test('of an SMS of Aliyun, asked for', async () => {
    const gateway = createAliyunGateway(ALIYUN);
    const settings = { accessKeyId: ALIYUN.accessKeyId, signName: '正阳', templates: aliyunTemplates };
    const { channel, pending } = await opened('aliyun-sms', gateway, settings, {
      accessKeySecret: ALIYUN.accessKeySecret,
    });
    expect(await channel.poll?.(pending)).toEqual([]);
    for (const one of gateway.taken) one.outcome = { isDelivered: true };
    expect(await channel.poll?.(pending)).toMatchObject([
      { state: 'delivered', ref: pending[0]?.ref, atMs: Date.parse('2026-07-03T02:14:09+08:00') },
    ]);
    for (const one of gateway.taken) one.outcome = { isDelivered: false };
    expect(await channel.poll?.(pending)).toMatchObject([{ state: 'undelivered', words: 'MOBILE_NOT_ON_SERVICE' }]);
  });

  test('of a call of Aliyun, asked for, with the key that was pressed', async () => {
    const gateway = createAliyunGateway(ALIYUN);
    const settings = {
      accessKeyId: ALIYUN.accessKeyId,
      templates: { alert: { code: 'TTS_1', text: `监测报警\${w}`, variables: { w: '{point}{metric}' } } },
      key: { digit: '1', thanks: 'TTS_2' },
    };
    const { channel, pending } = await opened('aliyun-voice', gateway, settings, {
      accessKeySecret: ALIYUN.accessKeySecret,
    });
    expect(gateway.taken[0]).toMatchObject({
      action: 'IvrCall',
      query: { 'MenuKeyMap.1.Key': '1', StartCode: 'TTS_1' },
    });
    expect(await channel.poll?.(pending)).toEqual([]);
    for (const one of gateway.taken) one.outcome = { isDelivered: true, key: '1' };
    expect(await channel.poll?.(pending)).toMatchObject([{ state: 'delivered' }, { state: 'answered', text: '1' }]);
  });

  test('of an SMS of Tencent, fetched, with the reply', async () => {
    const gateway = createTencentGateway(TENCENT);
    const settings = {
      secretId: TENCENT.secretId,
      sdkAppId: '1400006666',
      signName: '正阳',
      templates: tencentTemplates,
    };
    const { channel, pending } = await opened('tencent-sms', gateway, settings, { secretKey: TENCENT.secretKey });
    expect(gateway.taken[0]?.body.TemplateParamSet).toEqual(['积水', '4711']);
    expect(await channel.poll?.(pending)).toEqual([]);
    gateway.report(pending[0]?.ref ?? '', '+8613800000000', true);
    gateway.reply('+8613800000000', ' 4711 ');
    expect(await channel.poll?.(pending)).toMatchObject([
      { state: 'delivered', ref: pending[0]?.ref },
      { state: 'answered', phone: '+8613800000000', text: '4711' },
    ]);
    expect(await channel.poll?.(pending)).toEqual([]);
  });

  test.each([
    [
      aliyunSms,
      [
        {
          phone_number: '13900000001',
          success: true,
          err_code: 'DELIVERED',
          biz_id: '9006',
          report_time: '2026-07-03 02:14:09',
        },
      ],
      [{ state: 'delivered', ref: '9006', phone: '13900000001', atMs: Date.parse('2026-07-02T18:14:09Z') }],
      { code: 0 },
    ],
    [
      aliyunSms,
      [{ phone_number: '13900000001', content: '4711 ', send_time: '2026-07-03 02:14:09' }],
      [{ state: 'answered', ref: null, text: '4711' }],
      { code: 0 },
    ],
    [
      aliyunVoice,
      { call_id: '116^102', status_code: '200000', dtmf: '1', end_time: '2026-07-03 02:15:00' },
      [
        { state: 'delivered', ref: '116^102' },
        { state: 'answered', text: '1' },
      ],
      { code: 0 },
    ],
    [
      aliyunVoice,
      [{ call_id: '116^102', status_code: '200010', status_msg: '用户关机' }],
      [{ state: 'undelivered', words: '200010 用户关机' }],
      { code: 0 },
    ],
    [
      tencentSms,
      [
        {
          mobile: '13900000001',
          nationcode: '86',
          report_status: 'SUCCESS',
          errmsg: 'DELIVRD',
          sid: '2640:1',
          user_receive_time: '2026-07-03 02:14:09',
        },
      ],
      [{ state: 'delivered', ref: '2640:1', phone: '+8613900000001', atMs: Date.parse('2026-07-02T18:14:09Z') }],
      { result: 0 },
    ],
    [
      tencentSms,
      { extend: '', mobile: '13900000001', nationcode: '86', sign: 's', text: '4711', time: 1_783_000_000 },
      [{ state: 'answered', text: '4711', atMs: 1_783_000_000_000 }],
      { result: 0 },
    ],
    [
      tencentVoice,
      {
        voiceprompt_callback: {
          result: '0',
          callid: 'c1',
          mobile: '13900000001',
          nationcode: '86',
          accept_time: '1783000000',
        },
      },
      [{ state: 'delivered', ref: 'c1' }],
      { result: 0 },
    ],
    [
      tencentVoice,
      { voiceprompt_callback: { result: '1', callid: 'c1', mobile: '13900000001', nationcode: '86' } },
      [{ state: 'undelivered' }],
      { result: 0 },
    ],
    [
      tencentVoice,
      { voicekey_callback: { callid: 'c1', keypress: '1', mobile: '13900000001', nationcode: '86' } },
      [{ state: 'answered', ref: 'c1', text: '1' }],
      { result: 0 },
    ],
  ])('posted to the address of a channel, case %#', (type, body, proofs, answer) => {
    const callback = type.readCallback?.(body, NOTICE_AT_MS);
    expect(callback).toMatchObject({ proofs, answer });
  });

  test('a key that was not asked for is a cheek at the telephone and no answer', () => {
    const states = (dtmf: string) =>
      aliyunVoice
        .readCallback?.({ call_id: 'c', status_code: '200000', dtmf }, NOTICE_AT_MS, {
          key: { digit: '1', thanks: 'T' },
        })
        ?.proofs.map(({ state }) => state);
    expect(states('1')).toEqual(['delivered', 'answered']);
    expect(states('#')).toEqual(['delivered']);
  });

  test.each([
    [aliyunSms, { phone_number: '13800000001', content: '4711' }],
    [tencentSms, { mobile: '13800000001', text: '4711' }],
  ])('what can be read of a list is taken, whatever stands beside it, case %#', (type, reply) => {
    const callback = type.readCallback?.([null, reply, { new: 'form' }], NOTICE_AT_MS);
    expect(callback?.proofs).toMatchObject([{ state: 'answered', text: '4711' }]);
  });

  test.each([
    [aliyunSms],
    [aliyunVoice],
    [tencentSms],
    [tencentVoice],
  ])('what is none of its forms is none, case %#', (type) => {
    for (const body of [undefined, null, 7, 'x', [1], [null]]) expect(type.readCallback?.(body, 0)).toBeUndefined();
  });
});
