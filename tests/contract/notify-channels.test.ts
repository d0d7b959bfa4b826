import { describe, expect, test } from 'vitest';
import { createAliyunGateway } from '../../simulator/gateways/aliyun.ts';
import { type Gateway, startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createDingtalkRobot, createFeishuRobot, createWecomRobot } from '../../simulator/gateways/robots.ts';
import { createTencentGateway } from '../../simulator/gateways/tencent.ts';
import type { ChannelEntry } from '../../src/model/notify/channel.ts';
import type { Outcome } from '../../src/notify/channel.ts';
import { type ReadyChannel, readChannel } from '../../src/notify/channel-types.ts';
import { afterTest } from '../support/after-test.ts';
import { createHookReceiver } from '../support/hook-receiver.ts';
import { edgeWith, NOTICE_AT_MS, noticeOf, personOf } from '../support/notices.ts';

/** One suite over all channels that speak HTTP: what each way of answering comes to, as the table of the gateways says. */

interface Case {
  readonly settings: (origin: string) => Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** A new gateway, as it answers when all is well. */
  readonly gateway: () => Gateway;
  /** Bodies that it sends with HTTP 200 (or another), and what each comes to. */
  readonly answers: readonly (readonly [status: number, body: unknown, expected: Partial<Outcome>])[];
  /** Whether it refuses what is signed by a clock that is two hours off. */
  readonly isSigned: boolean;
}

const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const ALIYUN = { accessKeyId: 'LTAI5tExample', accessKeySecret: 'aliyun-secret-1' };
const TENCENT = { secretId: 'AKIDexample', secretKey: 'tencent-secret-1' };
const ALIYUN_TEMPLATES = {
  alert: {
    code: 'SMS_123456789',
    text: `\${title}，\${where}，现为\${value}。回复\${code}确认。`,
    variables: { title: '{level}{metric}', where: '{area}{point}', value: '{value}', code: '{code}' },
  },
};
const TENCENT_TEMPLATES = {
  alert: {
    code: '1234567',
    text: '{1}，{2}，回复{3}确认。',
    variables: { 1: '{level}{metric}', 2: '{point}', 3: '{code}' },
  },
};
const ofAliyun = (Code: string, Message = '') => ({ RequestId: 'x', Code, Message });
const ofTencent = (Code: string, Message = '') => ({ Response: { Error: { Code, Message }, RequestId: 'x' } });
const ofNumber = (Code: string) => ({
  Response: { SendStatusSet: [{ SerialNo: '', Code, Message: Code }], RequestId: 'x' },
});

const CASES: Readonly<Record<string, Case>> = {
  wecom: {
    settings: (origin) => ({ origin }),
    secrets: { key: 'robot-key-1' },
    gateway: () => createWecomRobot('robot-key-1'),
    isSigned: false,
    answers: [
      [200, { errcode: 45009, errmsg: 'api freq out of limit' }, { state: 'later', why: 'too-many', afterMs: 60_000 }],
      [200, { errcode: 93000, errmsg: 'invalid webhook url' }, { state: 'refused', why: 'settings' }],
      [
        200,
        { errcode: 40058, errmsg: 'markdown.content exceed max length 4096' },
        { state: 'refused', why: 'content' },
      ],
      [200, { errcode: -1, errmsg: 'system busy' }, { state: 'later', why: 'server-error' }],
      [200, { errcode: 987654, errmsg: 'something new' }, { state: 'later', why: 'server-error' }],
    ],
  },
  dingtalk: {
    settings: (origin) => ({ origin }),
    secrets: { token: 'robottoken1', secret: 'SEC0123456789abcdef' },
    gateway: () => createDingtalkRobot('robottoken1', { secret: 'SEC0123456789abcdef' }),
    isSigned: true,
    answers: [
      [
        200,
        { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' },
        { state: 'later', why: 'too-many', afterMs: 600_000 },
      ],
      [200, { errcode: 310000, errmsg: 'sign not match' }, { state: 'refused', why: 'signature' }],
      [200, { errcode: 310000, errmsg: 'keywords not in content' }, { state: 'refused', why: 'settings' }],
      [200, { errcode: 310000, errmsg: 'ip 1.2.3.4 not in whitelist' }, { state: 'refused', why: 'settings' }],
      [200, { errcode: 300001, errmsg: 'token is not exist' }, { state: 'refused', why: 'settings' }],
      [200, { errcode: 460101, errmsg: 'message too long' }, { state: 'refused', why: 'content' }],
    ],
  },
  feishu: {
    settings: (origin) => ({ origin }),
    secrets: { hook: 'hook-0123456789', secret: 'demo' },
    gateway: () => createFeishuRobot('hook-0123456789', { secret: 'demo' }),
    isSigned: true,
    answers: [
      [200, { code: 11232, msg: 'frequency limited psm' }, { state: 'later', why: 'too-many', afterMs: 60_000 }],
      [200, { code: 9499, msg: 'too many request' }, { state: 'later', why: 'too-many' }],
      [200, { code: 9499, msg: 'Bad Request' }, { state: 'refused', why: 'content' }],
      [200, { code: 19021, msg: 'sign match fail' }, { state: 'refused', why: 'signature' }],
      [200, { code: 19024, msg: 'Key Words Not Found' }, { state: 'refused', why: 'settings' }],
      [400, { code: 99991400, msg: 'request trigger frequency limit' }, { state: 'later', why: 'too-many' }],
      [200, { StatusCode: 0, StatusMessage: 'success' }, { state: 'accepted', refs: [null] }],
    ],
  },
  webhook: {
    settings: (origin) => ({ url: `${origin}/hook` }),
    secrets: { secret: WHSEC },
    gateway: () => createHookReceiver('/hook', WHSEC),
    isSigned: true,
    answers: [
      [204, '', { state: 'accepted', refs: [null] }],
      [401, {}, { state: 'refused', why: 'signature' }],
      [410, {}, { state: 'refused', why: 'settings' }],
      [422, {}, { state: 'refused', why: 'content' }],
      [408, {}, { state: 'later', why: 'no-answer' }],
    ],
  },
  'template-webhook': {
    settings: (origin) => ({
      url: `${origin}/grid141`,
      template: '{"eventTitle":"{title}","eventLevel":"{level}","sourceId":"{id}"}',
      authHeader: 'X-Api-Key',
      success: { at: 'data.code', is: '0' },
    }),
    secrets: { authValue: 'grid-key' },
    gateway: () => ({
      path: '/grid141',
      answer: ({ headers, json }) => {
        const isTaken = headers['x-api-key'] === 'grid-key' && json !== undefined;
        return { status: 200, body: { data: { code: isTaken ? 0 : 7 } }, isTaken };
      },
    }),
    isSigned: false,
    answers: [
      [200, { data: { code: 7 } }, { state: 'later', why: 'server-error' }],
      [200, { other: 1 }, { state: 'later', why: 'server-error' }],
      [403, {}, { state: 'refused', why: 'settings' }],
    ],
  },
  'aliyun-sms': {
    settings: (origin) => ({
      endpoint: origin,
      accessKeyId: ALIYUN.accessKeyId,
      signName: '正阳街道',
      templates: ALIYUN_TEMPLATES,
    }),
    secrets: { accessKeySecret: ALIYUN.accessKeySecret },
    gateway: () => createAliyunGateway(ALIYUN),
    isSigned: true,
    answers: [
      [
        200,
        ofAliyun('isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1'),
        { state: 'later', why: 'server-error', afterMs: 60_000 },
      ],
      [200, ofAliyun('isv.BUSINESS_LIMIT_CONTROL', '触发天级流控Permits:50'), { state: 'refused', why: 'quota' }],
      [200, ofAliyun('isv.AMOUNT_NOT_ENOUGH', '账户余额不足'), { state: 'refused', why: 'quota' }],
      [200, ofAliyun('isv.MOBILE_NUMBER_ILLEGAL'), { state: 'refused', why: 'recipient' }],
      [200, ofAliyun('isv.PARAM_NOT_SUPPORT_URL'), { state: 'refused', why: 'content' }],
      [200, ofAliyun('isv.SMS_TEMPLATE_ILLEGAL'), { state: 'refused', why: 'settings' }],
      [200, ofAliyun('isv.SMS_SIGNATURE_ILLEGAL'), { state: 'refused', why: 'settings' }],
      [400, ofAliyun('SignatureDoesNotMatch'), { state: 'refused', why: 'signature' }],
      [400, ofAliyun('Throttling.User'), { state: 'later', why: 'too-many' }],
      [500, ofAliyun('isp.SYSTEM_ERROR'), { state: 'later', why: 'server-error' }],
    ],
  },
  'aliyun-voice': {
    settings: (origin) => ({
      endpoint: origin,
      accessKeyId: ALIYUN.accessKeyId,
      templates: { alert: { code: 'TTS_1', text: `监测报警\${where}`, variables: { where: '{area}{point}{metric}' } } },
    }),
    secrets: { accessKeySecret: ALIYUN.accessKeySecret },
    gateway: () => createAliyunGateway(ALIYUN),
    isSigned: true,
    answers: [
      [200, ofAliyun('isv.BUSINESS_LIMIT_CONTROL', '触发小时级流控'), { state: 'refused', why: 'quota' }],
      [200, ofAliyun('isv.TTS_TEMPLATE_ILLEGAL'), { state: 'refused', why: 'settings' }],
    ],
  },
  'tencent-sms': {
    settings: (origin) => ({
      endpoint: origin,
      secretId: TENCENT.secretId,
      sdkAppId: '1400006666',
      signName: '正阳街道',
      templates: TENCENT_TEMPLATES,
    }),
    secrets: { secretKey: TENCENT.secretKey },
    gateway: () => createTencentGateway(TENCENT),
    isSigned: true,
    answers: [
      [200, ofTencent('AuthFailure.SignatureFailure'), { state: 'refused', why: 'signature' }],
      [200, ofTencent('RequestLimitExceeded'), { state: 'later', why: 'too-many' }],
      [200, ofTencent('InternalError.Timeout'), { state: 'later', why: 'server-error' }],
      [
        200,
        ofNumber('LimitExceeded.PhoneNumberThirtySecondLimit'),
        { state: 'later', why: 'server-error', afterMs: 30_000 },
      ],
      [200, ofNumber('LimitExceeded.PhoneNumberDailyLimit'), { state: 'refused', why: 'quota' }],
      [200, ofNumber('FailedOperation.InsufficientBalanceInSmsPackage'), { state: 'refused', why: 'quota' }],
      [200, ofNumber('FailedOperation.TemplateIncorrectOrUnapproved'), { state: 'refused', why: 'settings' }],
      [200, ofNumber('FailedOperation.ContainSensitiveWord'), { state: 'refused', why: 'content' }],
      [200, ofNumber('InvalidParameterValue.IncorrectPhoneNumber'), { state: 'refused', why: 'recipient' }],
    ],
  },
  'tencent-voice': {
    settings: (origin) => ({
      endpoint: origin,
      secretId: TENCENT.secretId,
      voiceSdkAppId: '1400006666',
      templates: TENCENT_TEMPLATES,
    }),
    secrets: { secretKey: TENCENT.secretKey },
    gateway: () => createTencentGateway(TENCENT),
    isSigned: true,
    answers: [[200, ofTencent('LimitExceeded.FrequencyLimit'), { state: 'later', why: 'too-many' }]],
  },
};

const HOUR_MS = 3_600_000;

describe.each(Object.entries(CASES))('%s', (kind, one) => {
  async function opened(clockErrorMs = 0, gateway = one.gateway()) {
    const server = await startGatewayServer({ gateways: [gateway], nowMs: () => NOTICE_AT_MS });
    afterTest(() => server.close());
    const ready = readyOf(kind, one.settings(server.origin), one.secrets);
    const channel = ready.open(edgeWith({ nowMs: () => NOTICE_AT_MS + clockErrorMs }));
    afterTest(() => channel.close());
    const composed = ready.compose(noticeOf({ link: 'https://brink.example/n/1' }), [personOf()]);
    return { server, ready, channel, composed };
  }

  test('a message is taken, and the gateway has it as its form wants it', async () => {
    const { server, channel, composed } = await opened();
    expect(await channel.send(composed)).toMatchObject({ state: 'accepted' });
    expect(server.received.map(({ result }) => result?.isTaken)).toEqual([true]);
    expect(composed.alerts).toEqual(['a1']);
  });

  test('what is stored before it is sent is JSON, and sent again it is the same', async () => {
    const { server, channel, composed } = await opened();
    await channel.send(JSON.parse(JSON.stringify(composed)));
    await channel.send(composed);
    const [first, second] = server.received.map(({ text }) => text);
    expect(second).toBe(first);
    expect(server.received.map(({ query }) => query.get('TemplateParam'))[1]).toBe(
      server.received[0]?.query.get('TemplateParam'),
    );
  });

  test.each(one.answers)('answered %i %j: %j', async (status, body, expected) => {
    const { channel, composed } = await opened(0, {
      path: one.gateway().path,
      answer: () => ({ status, body, isTaken: false }),
    });
    expect(await channel.send(composed)).toMatchObject(expected);
  });

  test.each([
    [{ kind: 'time-out' }, { state: 'later', why: 'no-answer', afterMs: null }],
    [{ kind: 'reset' }, { state: 'later', why: 'no-answer', afterMs: null }],
    [
      { kind: 'status', status: 500 },
      { state: 'later', why: 'server-error', afterMs: null },
    ],
    [
      { kind: 'status', status: 502, text: '<html>bad gateway</html>' },
      { state: 'later', why: 'server-error' },
    ],
    [
      { kind: 'status', status: 429, retryAfter: '17' },
      { state: 'later', why: 'too-many', afterMs: 17_000 },
    ],
    [{ kind: 'html' }, { state: 'later', why: 'unreadable-answer' }],
    [
      { kind: 'redirect', to: 'http://169.254.169.254/latest/' },
      { state: 'later', why: 'unreadable-answer' },
    ],
    [{ kind: 'endless' }, { state: 'later' }],
  ] as const)('%j: %j', async (fault, expected) => {
    const { server, channel, composed } = await opened();
    server.setFault(fault);
    const outcome = await channel.send(composed);
    // An endless body behind 200 is what a receiver answers to whom the status alone is an answer.
    if (fault.kind === 'endless' && kind === 'webhook') expect(outcome).toMatchObject({ state: 'accepted' });
    else expect(outcome).toMatchObject(expected);
    expect(server.received.length).toBe(1);
    server.setFault(undefined);
    expect(await channel.send(composed)).toMatchObject({ state: 'accepted' });
  });

  test('a server that is not on the list is never asked', async () => {
    const server = await startGatewayServer({ gateways: [one.gateway()], nowMs: () => NOTICE_AT_MS });
    afterTest(() => server.close());
    const ready = readyOf(kind, one.settings(server.origin.replace('127.0.0.1', '10.9.8.7')), one.secrets);
    const channel = ready.open(edgeWith({ nowMs: () => NOTICE_AT_MS }));
    const outcome = await channel.send(ready.compose(noticeOf(), []));
    expect(outcome).toMatchObject({ state: 'later', why: 'not-allowed', words: expect.stringContaining('10.9.8.7') });
  });

  test('a clock of ours that is two hours off is seen, and refused where it signs', async () => {
    const { channel, composed } = await opened(2 * HOUR_MS);
    const outcome = await channel.send(composed);
    if (one.isSigned) expect(outcome).toMatchObject({ state: 'refused', why: 'signature' });
    else expect(outcome).toMatchObject({ state: 'accepted' });
    expect(Math.abs((outcome.clockOffsetMs ?? 0) + 2 * HOUR_MS)).toBeLessThan(1_000);
  });

  test('no secret stands in what is stored, nor in what is told of an answer', async () => {
    const { channel, composed, server } = await opened();
    server.setFault({ kind: 'status', status: 500, text: 'no' });
    const told = JSON.stringify([composed, await channel.send(composed)]);
    for (const secret of Object.values(one.secrets)) expect(told).not.toContain(secret);
  });

  test('without its secrets its settings are well, and it is said what is missing', () => {
    const { ready, problems } = readChannel(entryOf(kind, one.settings('http://127.0.0.1:1')), {});
    expect(problems).toEqual([]);
    if (ready === null)
      expect(readChannel(entryOf(kind, one.settings('http://127.0.0.1:1')), {}).missingSecrets.length).toBeGreaterThan(
        0,
      );
  });

  test('a setting that nobody knows is named', () => {
    const settings = { ...one.settings('http://127.0.0.1:1'), colour: 'red' };
    const { problems } = readChannel(entryOf(kind, settings), one.secrets);
    expect(problems).toMatchObject([{ code: 'unknown-keys', path: ['settings'], values: { keys: ['colour'] } }]);
  });
});

function entryOf(kind: string, settings: Readonly<Record<string, unknown>>): ChannelEntry {
  return { id: `c-${kind}`, kind: kind as ChannelEntry['kind'], off: false, settings };
}

function readyOf(
  kind: string,
  settings: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>>,
): ReadyChannel {
  const { ready, problems, missingSecrets } = readChannel(entryOf(kind, settings), secrets);
  if (ready === null) throw new Error(JSON.stringify({ problems, missingSecrets }));
  return ready;
}
