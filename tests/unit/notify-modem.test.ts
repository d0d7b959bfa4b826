import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type StandInModem, startStandInModem } from '../../simulator/gateways/modem.ts';
import type { ProofOf } from '../../src/notify/channel.ts';
import { readChannel } from '../../src/notify/channel-types.ts';
import { classifyModem } from '../../src/notify/channels/modem/modem.ts';
import { partsOf, readDeliver, readStatusReport, submitPdus } from '../../src/notify/channels/modem/pdu.ts';
import { afterTest } from '../support/after-test.ts';
import { edgeWith, NOTICE_AT_MS, noticeOf, personOf, situationOf } from '../support/notices.ts';
import { until } from '../support/until.ts';

describe('PDUs', () => {
  test('a short text is one, in UCS-2, with a report asked for', () => {
    const [pdu] = submitPdus('13800000000', '你好', 5);
    // Centre of the card; submit with validity and report; 11 figures, national; 24 h; four octets.
    expect(pdu).toEqual({ hex: '0031000B813108000000F00008A7044F60597D', length: 18 });
  });

  test('a number with its country is international', () => {
    expect(submitPdus('+8613800000000', 'x', 0)[0]?.hex).toContain('0D91683108000000F0');
  });

  test('what comes in, in the alphabet of GSM and in UCS-2', () => {
    expect(readDeliver('07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37')).toMatchObject({
      phone: '27838890001',
      text: 'hellohello',
    });
    expect(readDeliver('00040D91683108000000F0000862703020315523044F60597D')).toEqual({
      phone: '+8613800000000',
      text: '你好',
      atMs: Date.parse('2026-07-03T02:13:55+08:00'),
    });
  });

  test('a report', () => {
    expect(readStatusReport('0006FB0B813108000000F0627030203155236270302031552300')).toMatchObject({
      reference: 251,
      phone: '13800000000',
      status: 0,
      atMs: Date.parse('2026-07-03T02:13:55+08:00'),
    });
  });

  test('what is broken is none, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF'), maxLength: 60 }), (hex) => {
        readDeliver(hex);
        readStatusReport(hex);
      }),
    );
    expect(readDeliver('0004')).toBeUndefined();
    expect(readDeliver('zz')).toBeUndefined();
    expect(readStatusReport('')).toBeUndefined();
  });

  test('a character of two units that would be cut goes to the next part whole', () => {
    const parts = partsOf(`${'中'.repeat(66)}🚨${'中'.repeat(10)}`);
    expect(parts.map(({ length }) => length)).toEqual([66, 12]);
  });

  test('parts together are the text, and none breaks a character of two units', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const parts = partsOf(text);
        expect(parts.join('')).toBe(text);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(parts.length === 1 ? 70 : 67);
          expect(part.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test.each([
    ['+CMS ERROR: 38', { state: 'later', why: 'server-error' }],
    ['+CMS ERROR: 331', { state: 'later', why: 'server-error' }],
    ['+CMS ERROR: 42', { state: 'later', why: 'too-many' }],
    ['+CMS ERROR: 28', { state: 'refused', why: 'recipient' }],
    ['+CMS ERROR: 310', { state: 'refused', why: 'settings' }],
    ['+CMS ERROR: 304', { state: 'refused', why: 'content' }],
    ['no answer in time', { state: 'later', why: 'no-answer' }],
  ])('%s: %j', (final, verdict) => {
    expect(classifyModem(final)).toMatchObject(verdict);
  });
});

describe('a modem behind a serial server', () => {
  /** Timers run when the test says so: what of the modem may take a minute takes none here. */
  function timers() {
    const waiting = new Set<() => void>();
    return {
      after: (_ms: number, task: () => void) => {
        waiting.add(task);
        return () => void waiting.delete(task);
      },
      fire() {
        for (const task of [...waiting]) {
          waiting.delete(task);
          task();
        }
      },
      waiting,
    };
  }

  async function opened(pin = '', settings: object = {}) {
    const modem = await startStandInModem(() => NOTICE_AT_MS, pin);
    afterTest(() => modem.close());
    const proofs: ProofOf[] = [];
    const clock = timers();
    const { ready, problems } = readChannel(
      { id: 'modem', kind: 'modem', off: false, settings: { host: '127.0.0.1', port: modem.port, ...settings } },
      pin === '' ? {} : { pin },
    );
    if (ready === null) throw new Error(JSON.stringify(problems));
    const channel = ready.open(
      edgeWith({ nowMs: () => NOTICE_AT_MS, onProof: (proof) => proofs.push(proof), after: clock.after }),
    );
    afterTest(() => channel.close());
    return { modem, proofs, ready, channel, clock };
  }
  const lastOf = (modem: StandInModem) => {
    const part = modem.taken.at(-1);
    if (part === undefined) throw new Error('nothing was taken');
    return part;
  };

  test('whatever names are like, the way to answer is there, once', async () => {
    const { ready } = await opened();
    const textOf = (notice: ReturnType<typeof noticeOf>) => {
      const { parts } = ready.compose(notice, [personOf()]).body as {
        readonly parts: readonly { readonly hex: string }[];
      };
      return parts
        .map(({ hex }) =>
          Buffer.from(hex.slice(parts.length === 1 ? 30 : 42), 'hex')
            .swap16()
            .toString('utf16le'),
        )
        .join('');
    };
    const code = '2026';
    for (const title of ['积水', '很长的名称'.repeat(60)]) {
      for (const body of ['时间：2026-07-03 02:13:55', '时间：2026-07-03 02:13:55\n回复 2026 确认']) {
        expect(textOf(noticeOf({ title, body, code })).match(/回复 2026 确认/g)).toHaveLength(1);
      }
    }
  });

  test('a message is sent, arrives, and is answered', async () => {
    const { modem, proofs, ready, channel } = await opened();
    const outcome = await channel.send(ready.compose(noticeOf({ code: '4711' }), [personOf()]));
    expect(outcome).toMatchObject({ state: 'accepted', words: expect.stringMatching(/^\+CMGS: \d+$/) });
    const text = modem.taken.map((part) => part.text).join('');
    expect(text).toMatch(/^监测报警 红色 群力下穿道 积水 52 厘米\n.*\n回复 4711 确认$/s);
    expect(modem.taken.every(({ phone, wantsReport }) => phone === '13800000000' && wantsReport)).toBe(true);
    for (const part of modem.taken) modem.report(part, 0);
    const ref = outcome.state === 'accepted' ? outcome.refs[0] : undefined;
    const delivered = await until('the report', () => proofs.find(({ state }) => state === 'delivered'));
    expect(delivered).toMatchObject({ ref, phone: '13800000000' });
    modem.receive('+8613800000000', '4711');
    const answered = await until('the reply', () => proofs.find(({ state }) => state === 'answered'));
    expect(answered).toMatchObject({ phone: '+8613800000000', text: '4711' });
    modem.receive('13800000000', '收到');
    await until('the other reply', () => proofs.find(({ text: said }) => said === '收到'));
  });

  test('a long one goes in parts that belong together, and has arrived when all have', async () => {
    const { modem, proofs, ready, channel } = await opened();
    const composed = ready.compose(situationOf(40), [personOf()]);
    expect(composed.leftOut).toBe(40 - composed.alerts.length);
    await channel.send(composed);
    expect(modem.taken.map(({ part }) => part)).toEqual(
      [1, 2, 3].map((index) => ({ reference: expect.any(Number), of: 3, index })),
    );
    expect(new Set(modem.taken.map(({ part }) => part?.reference)).size).toBe(1);
    expect(modem.taken.map(({ text }) => text).join('')).toContain(`另有 ${composed.leftOut} 条`);
    const [first, second, third] = modem.taken;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three parts');
    modem.report(first, 0);
    modem.report(second, 48);
    modem.report(second, 0);
    modem.receive('1', '1');
    await until('what came after', () => proofs.some(({ state }) => state === 'answered'));
    expect(proofs.map(({ state }) => state)).toEqual(['answered']);
    modem.report(third, 0);
    await until('all of it', () => proofs.some(({ state }) => state === 'delivered'));
  });

  test('one that cannot be delivered is said to be so', async () => {
    const { modem, proofs, ready, channel } = await opened();
    await channel.send(ready.compose(noticeOf({ title: 'x', body: '' }), [personOf()]));
    modem.report(lastOf(modem), 70);
    expect(await until('the report', () => proofs[0])).toMatchObject({ state: 'undelivered', words: '+CDS 70' });
  });

  test('two at the same time do not take turns with their parts', async () => {
    const { modem, ready, channel } = await opened();
    const [a, b] = ['a', 'b'].map((letter) =>
      ready.compose(noticeOf({ id: letter, title: letter.repeat(200) }), [personOf()]),
    );
    if (a === undefined || b === undefined) throw new Error('two');
    await Promise.all([channel.send(a), channel.send(b)]);
    expect(modem.taken.map(({ text }) => text[0])).toEqual([...'aaabbb'].slice(0, modem.taken.length));
  });

  test('an error of the network is tried again, a silent modem is no answer, and a line that broke is made anew', async () => {
    const { modem, ready, channel, clock } = await opened();
    const composed = ready.compose(noticeOf(), [personOf()]);
    modem.setFault('+CMS ERROR: 38');
    expect(await channel.send(composed)).toMatchObject({
      state: 'later',
      why: 'server-error',
      words: '+CMS ERROR: 38',
    });
    modem.setFault('silent');
    const silent = channel.send(composed);
    await until('a wait for it', () => clock.waiting.size > 0);
    clock.fire();
    expect(await silent).toMatchObject({ state: 'later', why: 'no-answer' });
    modem.setFault(undefined);
    modem.breakLine();
    await until('that it knows', () => clock.waiting.size > 0);
    clock.fire();
    expect(await channel.send(composed)).toMatchObject({ state: 'accepted' });
  });

  test('a card with a PIN', async () => {
    const { ready, channel } = await opened('1234');
    expect(await channel.send(ready.compose(noticeOf(), [personOf()]))).toMatchObject({ state: 'accepted' });
  });

  test('nobody at the address', async () => {
    const { modem, ready, channel } = await opened();
    await modem.close();
    expect(await channel.send(ready.compose(noticeOf(), [personOf()]))).toMatchObject({
      state: 'later',
      why: 'no-answer',
    });
  });
});
