import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readChannel } from '../../src/notify/channel-types.ts';
import { dingtalk, dingtalkSign } from '../../src/notify/channels/dingtalk.ts';
import { chatText, htmlText, jsonText, oneForm, oneLine } from '../../src/notify/channels/escape.ts';
import { feishu, feishuSign } from '../../src/notify/channels/feishu.ts';
import { cutTo, fitted, ucs2Units, utf8Bytes } from '../../src/notify/channels/length.ts';
import { templateWebhook } from '../../src/notify/channels/template-webhook.ts';
import { webhookSignature } from '../../src/notify/channels/webhook.ts';
import { wecom } from '../../src/notify/channels/wecom.ts';
import { noticeOf, personOf, situationOf } from '../support/notices.ts';

describe('what a group has seen, shown again', () => {
  const LINK = 'https://office.example/a/secret-token';
  const notice = noticeOf({ link: LINK, title: '红色 **井** [1] <盖> 52 cm' });
  const mentioned = personOf({ wecom: 'zhang', dingtalk: 'zhang', feishu: 'ou_1' });
  const settings = { key: '', origin: '', token: '', secret: '', keyword: '', hook: '' };
  const shown = (type: typeof wecom | typeof dingtalk | typeof feishu, to = [mentioned]) =>
    type.shownText?.(type.compose(notice, to, settings).body);

  test.each([
    ['wecom', () => shown(wecom)],
    ['wecom, plain', () => shown(wecom, [personOf()])],
    ['dingtalk', () => shown(dingtalk)],
    ['feishu', () => shown(feishu)],
  ])('%s: its words, without form, and without the link by which somebody answers', (_, read) => {
    const text = read() ?? '';
    expect(text).toContain('52 cm');
    expect(text).toContain('02:13 · 正阳街道群力社区');
    expect(text).not.toMatch(/secret-token|https?:|<font|^#|\n\n/m);
  });

  test('a body of another kind shows nothing', () => {
    for (const type of [wecom, dingtalk, feishu]) {
      for (const body of [null, 'text', {}, { card: 1, markdown: [] }]) expect(type.shownText?.(body)).toBeNull();
    }
  });
});

describe('lengths', () => {
  test.each([
    ['红色积水', 9, utf8Bytes, '红色…'],
    ['红色积水', 12, utf8Bytes, '红色积水'],
    ['红色积水', 11, utf8Bytes, '红色…'],
    // Emoji of four bytes and two units, a family joined from several, a flag of two.
    ['a🚨b', 5, utf8Bytes, 'a…'],
    ['a🚨b', 6, utf8Bytes, 'a🚨b'],
    ['a🚨bc', 4, ucs2Units, 'a🚨…'],
    ['a🚨bc', 3, ucs2Units, 'a…'],
    ['👨‍👩‍👧‍👦ab', 10, ucs2Units, '…'],
    ['x👨‍👩‍👧‍👦ab', 13, ucs2Units, 'x👨‍👩‍👧‍👦…'],
    ['é́́é́́', 5, ucs2Units, 'é́́…'],
    ['abc', 2, utf8Bytes, ''],
  ])('%j in %i: %s', (text, most, measure, expected) => {
    expect(cutTo(text, most, measure)).toBe(expected);
  });

  test('whatever is cut is short enough, a beginning, and never half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 3, max: 80 }), (text, most) => {
        const cut = cutTo(text, most, utf8Bytes);
        expect(utf8Bytes(cut)).toBeLessThanOrEqual(most);
        expect(cut.isWellFormed()).toBe(true);
        if (cut !== text) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });

  test('items are there whole or counted, and the way to answer stays', () => {
    const items = Array.from({ length: 30 }, (_, i) => ({ alert: `a${i}`, line: `· 报警 ${i}` }));
    const more = (count: number) => `另有 ${count} 条`;
    const fit = fitted({ head: ['态势'], items, foot: ['回复 1234 确认'], more, most: 140, measure: utf8Bytes });
    expect(utf8Bytes(fit.text)).toBeLessThanOrEqual(140);
    expect(fit.alerts.length + fit.leftOut).toBe(30);
    expect(fit.text.split('\n').at(-1)).toBe('回复 1234 确认');
    expect(fit.text).toContain(`另有 ${fit.leftOut} 条`);
    const tight = fitted({
      head: ['很长'.repeat(50)],
      items,
      foot: ['回复 1234 确认'],
      more,
      most: 60,
      measure: utf8Bytes,
    });
    expect(tight).toMatchObject({ alerts: [], leftOut: 30 });
    expect(tight.text).toMatch(/^很长.*…\n另有 30 条\n回复 1234 确认$/s);
  });
});

describe('what is said never becomes form', () => {
  const nasty = '# x\n**b** [l](http://evil/) <@all> <font color="info"> @all `c` > q\n1. y\n- z ![i](http://e/i.png)';

  test('in Markdown of chats', () => {
    const text = chatText(nasty);
    expect(text).not.toMatch(/[<>*`[\]@!]|:\/\/|^\s*[#-]|^\s*\d+\.\s/m);
    const shown = JSON.stringify(
      wecom.compose(noticeOf({ title: nasty, body: nasty }), [], parsed(wecom, { key: 'a'.repeat(8) })).body,
    );
    expect(shown.match(/<font|<\/font>/g)).toEqual(['<font', '</font>']);
    expect(shown).not.toMatch(/<@|\]\(/);
  });

  test('in the plain text of WeCom, where a bracket can mention everybody', () => {
    const notice = noticeOf({ title: '下穿道 <@all>', body: '<@li> <font>' });
    const { body } = wecom.compose(notice, [personOf()], parsed(wecom, { key: 'a'.repeat(8) }));
    expect(body).toMatchObject({ msgtype: 'text', text: { mentioned_list: [] } });
    expect(JSON.stringify(body)).not.toContain('<');
  });

  test('and nothing turns the direction of text, ends a line unseen or is half a character', () => {
    const text = oneForm('a\u202eb\u200fc\u061cd\u2028e\u2029f\u0085g\ud83dh\ufeff');
    expect(text).toBe('abcd\ne\nf\ng\ufffdh');
    expect(oneLine('a\u2028b')).toBe('a b');
  });

  test('in JSON and HTML', () => {
    expect(JSON.parse(`{"a":"${jsonText(`"},"b":"\n\\`)}"}`)).toEqual({ a: '"},"b":"\n\\' });
    expect(htmlText('<script>"\'&')).toBe('&lt;script&gt;&quot;&#39;&amp;');
  });

  test('a field of a template webhook stays a text within its template', () => {
    const settings = parsed(templateWebhook, {
      url: 'http://x/',
      template: '{"event":{"title":"{title}","ids":["{alerts}"]}}',
    });
    const { body } = templateWebhook.compose(noticeOf({ title: '"},"x":"{body}\u0000' }), [], settings);
    expect(JSON.parse((body as { text: string }).text)).toEqual({ event: { title: '"},"x":"{body}', ids: ['a1'] } });
  });
});

describe('signatures are those of the vectors', () => {
  test('DingTalk', () => {
    expect(dingtalkSign(1_700_000_000_000, 'SEC0123456789abcdef')).toBe('TSZbRFUuvaSQaRKUpF970OPCb2/LcQAP3wOvwZIzBZk=');
  });
  test('Feishu', () => {
    expect(feishuSign(1_700_000_000, 'demo')).toBe('8oT2n3SMKFfEnDoiwer8BUM/SjKLwe9SqoEIHlhDTKo=');
  });
  test('Standard Webhooks', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const signed = webhookSignature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
    expect(signed).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('forms', () => {
  test('WeCom mentions by id in Markdown, by number in text', () => {
    const settings = parsed(wecom, { key: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx' });
    expect(settings.key).toBe('693a91f6-7xxx');
    const byId = wecom.compose(noticeOf(), [personOf({ wecom: 'zhangwei' })], settings).body;
    expect(byId).toMatchObject({ msgtype: 'markdown', markdown: { content: expect.stringContaining('<@zhangwei>') } });
    const byNumber = wecom.compose(noticeOf(), [personOf(), personOf({ wecom: 'li' })], settings).body;
    expect(byNumber).toMatchObject({
      msgtype: 'text',
      text: { mentioned_list: ['li'], mentioned_mobile_list: ['13800000000'] },
    });
  });

  test('a situation that is too long counts what it leaves out', () => {
    const situation = situationOf(300);
    const { body, alerts, leftOut } = wecom.compose(situation, [], parsed(wecom, { key: 'a'.repeat(8) }));
    const { content } = (body as { markdown: { content: string } }).markdown;
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(4_096);
    expect(leftOut).toBe(300 - alerts.length);
    expect(alerts[0]).toBe('a1');
    expect(content).toContain(`另有 ${leftOut} 条`);
  });

  test('DingTalk puts the keyword in where it is missing, and refuses the word that is not ours to use', () => {
    const settings = parsed(dingtalk, { token: 'a'.repeat(64), keyword: '值班' });
    const { body } = dingtalk.compose(noticeOf(), [personOf()], settings);
    expect(body).toMatchObject({
      markdown: { text: expect.stringMatching(/@13800000000\n\n值班$/) },
      at: { isAtAll: false },
    });
    expect(dingtalk.settings.safeParse({ token: 'a'.repeat(64), keyword: '预警' }).success).toBe(false);
    expect(dingtalk.settings.safeParse({ token: 'a'.repeat(64), keyword: '*报警*' }).success).toBe(false);
  });

  test('Feishu says everything in plain text but mentions and the button', () => {
    const { body } = feishu.compose(
      noticeOf({ body: '**x**', link: 'https://brink.example/a' }),
      [personOf({ feishu: 'ou_1' })],
      parsed(feishu, { hook: 'a'.repeat(36) }),
    );
    expect(body).toMatchObject({
      card: {
        header: { template: 'red', title: { tag: 'plain_text' } },
        elements: [
          { text: { tag: 'plain_text', content: '**x**' } },
          { text: { tag: 'lark_md', content: '<at id=ou_1></at>' } },
          { actions: [{ url: 'https://brink.example/a' }] },
        ],
      },
    });
  });

  test('a header that a request is sent by, or a value that none can hold, is refused when it is saved', () => {
    const problemsOf = (authHeader: string, authValue: string) =>
      readChannel(
        { id: 'w', kind: 'template-webhook', off: false, settings: { url: 'http://x/', template: '{}', authHeader } },
        { authValue },
      ).problems.map(({ code }) => code);
    for (const header of ['Host', 'Content-Length', 'transfer-encoding', 'Expect', 'Connection', 'Idempotency-Key']) {
      expect(problemsOf(header, 'x')).toEqual(['header-of-transport']);
    }
    for (const value of ['密钥', 'a\r\nEvil: 1', 'a\u0000']) {
      expect(problemsOf('X-Api-Key', value)).toEqual(['header-value-signs']);
    }
    expect(problemsOf('Authorization', 'Bearer abc')).toEqual([]);
  });

  test('a template with an unknown field, or that is no JSON, is refused with what is wrong', () => {
    const problems = templateWebhook.settings.safeParse({ url: 'http://x/', template: '{"a": {titel}}' });
    expect(problems.error?.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('titel'),
      expect.stringContaining('JSON'),
    ]);
  });
});

function parsed<S>(type: { readonly settings: { parse(value: unknown): S } }, settings: unknown): S {
  return type.settings.parse(settings);
}

test('alerts that the body lists as well are listed once', () => {
  const situation = situationOf(3);
  const body = [...situation.items.map(({ text }) => text), '回复 4711 确认'].join('\n');
  const composed = wecom.compose({ ...situation, body }, [], parsed(wecom, { key: 'a'.repeat(8) }));
  const { content } = (composed.body as { markdown: { content: string } }).markdown;
  expect(content.split('\n').slice(1)).toEqual(['回复 4711 确认', ...situation.items.map(({ text }) => `· ${text}`)]);
});
