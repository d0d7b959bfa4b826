import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import { readChannel } from '../../src/notify/channel-types.ts';
import { afterTest } from '../support/after-test.ts';
import { edgeWith, NOTICE_AT_MS, noticeOf, personOf } from '../support/notices.ts';

/** E-mail against a real mail server. */

const person = personOf({ email: 'zhang@office.example' });

async function opened(options: SMTPServerOptions = {}, port?: number) {
  const mails: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'duty' && password === 'right' ? done(null, { user: 'duty' }) : done(new Error('bad password')),
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (part: Buffer) => {
        text += part.toString();
      });
      stream.on('end', () => {
        mails.push(text);
        done(null, 'queued as 7');
      });
    },
    ...options,
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  afterTest(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const at = port ?? (listening.address() as AddressInfo).port;
  return { mails, server, port: at };
}

function channelTo(port: number, password = '', host = '127.0.0.1') {
  const settings = {
    host,
    port,
    security: 'none',
    from: 'brink@office.example',
    fromName: '值班系统',
    user: password === '' ? '' : 'duty',
  };
  const { ready, problems } = readChannel({ id: 'mail', kind: 'email', off: false, settings }, { password });
  if (ready === null) throw new Error(JSON.stringify(problems));
  return { ready, channel: ready.open(edgeWith({ nowMs: () => NOTICE_AT_MS })) };
}

describe('e-mail', () => {
  test('messages of one alert are one thread, marked as a machine’s and urgent', async () => {
    const { mails, port } = await opened();
    const { ready, channel } = channelTo(port, 'right');
    const first = ready.compose(noticeOf({ link: 'https://brink.example/n/1' }), [person]);
    expect(await channel.send(first)).toMatchObject({
      state: 'accepted',
      refs: ['<ntc_7f3a@office.example>'],
      words: expect.stringContaining('queued as 7'),
    });
    await channel.send(ready.compose(noticeOf({ id: 'ntc_2', kind: 'cleared', level: 'yellow' }), [person]));
    const headers = mails.map((mail) => (name: string) => new RegExp(`^${name}: (.*)$`, 'mi').exec(mail)?.[1]?.trim());
    expect(headers.map((of) => of('References'))).toEqual(['<alert.a1@office.example>', '<alert.a1@office.example>']);
    expect(headers.map((of) => of('In-Reply-To'))).toEqual(['<alert.a1@office.example>', '<alert.a1@office.example>']);
    expect(headers.map((of) => of('Auto-Submitted'))).toEqual(['auto-generated', 'auto-generated']);
    expect(headers.map((of) => of('X-Priority')?.[0])).toEqual(['1', undefined]);
    expect(headers[0]?.('Message-ID')).toBe('<ntc_7f3a@office.example>');
  });

  test('sent again it is the same mail, byte for byte', async () => {
    const { mails, port } = await opened();
    const { ready, channel } = channelTo(port);
    const composed = ready.compose(noticeOf(), [person]);
    await channel.send(composed);
    await channel.send(JSON.parse(JSON.stringify(composed)));
    expect(mails[1]).toBe(mails[0]);
  });

  test('a name with line ends puts in no header of its own', async () => {
    const { mails, port } = await opened();
    const { ready, channel } = channelTo(port);
    await channel.send(ready.compose(noticeOf({ title: 'x\r\nBcc: all@office.example\r\n\r\nhi' }), [person]));
    expect(mails[0]).not.toMatch(/^Bcc:/im);
    expect(mails[0]).toMatch(/^Subject: x Bcc: all@office.example hi\r$/m);
  });

  const reply = (responseCode: number) => Object.assign(new Error('no'), { responseCode });
  test.each<[string, SMTPServerOptions, object]>([
    [
      'greylisted',
      { onRcptTo: (_to, _s, done) => done(reply(450)) },
      { state: 'later', why: 'server-error', afterMs: 60_000 },
    ],
    ['enough of us', { onMailFrom: (_from, _s, done) => done(reply(452)) }, { state: 'later', why: 'too-many' }],
    ['busy', { onMailFrom: (_from, _s, done) => done(reply(421)) }, { state: 'later', why: 'server-error' }],
    ['no such mailbox', { onRcptTo: (_to, _s, done) => done(reply(550)) }, { state: 'refused', why: 'recipient' }],
    [
      'sender not allowed',
      { onMailFrom: (_from, _s, done) => done(reply(553)) },
      { state: 'refused', why: 'settings' },
    ],
    [
      'taken for spam',
      {
        onData: (stream, _s, done) => {
          stream.resume();
          stream.on('end', () => done(reply(554)));
        },
      },
      { state: 'refused', why: 'content' },
    ],
  ])('%s', async (_name, options, expected) => {
    const { port } = await opened(options);
    const { ready, channel } = channelTo(port);
    expect(await channel.send(ready.compose(noticeOf(), [person]))).toMatchObject(expected);
  });

  test('a certificate that is not the server’s own sends no password and no mail', async () => {
    // The server's certificate is signed by nobody.
    const { mails, port } = await opened({ secure: true });
    const settings = { host: '127.0.0.1', port, security: 'tls', from: 'brink@office.example', user: 'duty' };
    const { ready } = readChannel({ id: 'mail', kind: 'email', off: false, settings }, { password: 'right' });
    const channel = ready?.open(edgeWith({ nowMs: () => NOTICE_AT_MS }));
    const composed = ready?.compose(noticeOf(), [person]);
    const outcome = composed && (await channel?.send(composed));
    expect(outcome).toMatchObject({ state: 'later', why: 'no-answer', words: expect.stringMatching(/certificate/i) });
    expect(mails).toEqual([]);
  });

  test('a wrong password, nobody there, a server not on the list', async () => {
    const { port, server } = await opened();
    const wrong = channelTo(port, 'wrong');
    expect(await wrong.channel.send(wrong.ready.compose(noticeOf(), [person]))).toMatchObject({
      state: 'refused',
      why: 'settings',
    });
    const inner = channelTo(25, '', '10.1.2.3');
    expect(await inner.channel.send(inner.ready.compose(noticeOf(), [person]))).toMatchObject({
      state: 'later',
      why: 'not-allowed',
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const gone = channelTo(port);
    expect(await gone.channel.send(gone.ready.compose(noticeOf(), [person]))).toMatchObject({
      state: 'later',
      why: 'no-answer',
    });
  });
});
