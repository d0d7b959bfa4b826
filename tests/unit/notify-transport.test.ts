import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isAllowedTarget, readAllowedTargets } from '../../src/lib/allowed-targets.ts';
import { createSealer } from '../../src/notify/secrets.ts';
import { ANSWER_BYTES_MAX, createTransport, USUAL_HOSTS } from '../../src/notify/transport.ts';
import { afterTest } from '../support/after-test.ts';
import { canCertify, selfSigned } from '../support/certificate.ts';

async function serverThat(answers: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(answers);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

function transportTo(entries: readonly string[], addressesOf?: (host: string) => Promise<readonly string[]>) {
  const { allowed } = readAllowedTargets(entries, USUAL_HOSTS);
  return createTransport({ allowed, nowMs: () => 0, ...(addressesOf && { addressesOf }) });
}

const get = (url: string, timeoutMs?: number) =>
  ({ method: 'GET', url, headers: {}, body: null, ...(timeoutMs !== undefined && { timeoutMs }) }) as const;

describe('targets', () => {
  const { allowed, unreadable } = readAllowedTargets(
    [
      '10.2.0.0/16',
      '192.168.1.7:5000',
      'mail.office.lan',
      '*.example.cn:443',
      '[fd00:1::]/32',
      '::1',
      'a b',
      '10.0.0.0/40',
    ],
    USUAL_HOSTS,
  );
  test.each([
    ['qyapi.weixin.qq.com', '101.226.129.164', 443, true],
    // A usual host that a name server says to lie within.
    ['qyapi.weixin.qq.com', '10.9.0.1', 443, false],
    ['evil.example', '101.226.129.164', 443, false],
    ['10.2.3.4', '10.2.3.4', 80, true],
    ['10.3.3.4', '10.3.3.4', 80, false],
    ['10.2.3.4', '::ffff:10.2.3.4', 80, true],
    ['192.168.1.7', '192.168.1.7', 5000, true],
    ['192.168.1.7', '192.168.1.7', 22, false],
    ['mail.office.lan', '192.168.9.9', 25, true],
    ['MAIL.office.LAN', '192.168.9.9', 25, true],
    ['mail.office.lan', '127.0.0.1', 25, false],
    ['mail.office.lan', '169.254.169.254', 80, false],
    ['mail.office.lan', '100.100.100.200', 80, false],
    ['mail.office.lan', '0.0.0.0', 80, false],
    ['mail.office.lan', '::1', 80, false],
    ['mail.office.lan', '64:ff9b::7f00:1', 80, false],
    ['push.example.cn', '203.107.1.1', 443, true],
    ['push.example.cn', '203.107.1.1', 80, false],
    ['example.cn', '203.107.1.1', 443, false],
    ['badexample.cn', '203.107.1.1', 443, false],
    ['x', 'fd00:1::5', 80, true],
  ])('%s at %s port %i: %s', (host, address, port, isAllowed) => {
    expect(isAllowedTarget(allowed, host, address, port)).toBe(isAllowed);
  });

  test('what is no host and no network is named', () => {
    expect(unreadable).toEqual(['::1', 'a b', '10.0.0.0/40']);
  });
});

describe('requests', () => {
  test('go to the address that was checked, whatever the name says later, with the name as it was', async () => {
    const { port } = await serverThat((request, response) => response.end(request.headers.host));
    let asked = 0;
    const transport = transportTo(['127.0.0.0/8'], async () => {
      asked++;
      return ['127.0.0.1'];
    });
    const answer = await transport.request(get(`http://gateway.test:${port}/x`));
    expect(answer).toMatchObject({ status: 200, text: `gateway.test:${port}` });
    expect(asked).toBe(1);
  });

  test.each([
    'http://127.0.0.1',
    'http://0x7f.1',
    'http://2130706433',
    'http://[::ffff:127.0.0.1]',
    'http://[::1]',
    'http://169.254.169.254',
    'http://localhost',
    'file:///etc/passwd',
    'gopher://x',
    'not a url',
  ])('%s is refused unless it is listed', async (url) => {
    const answer = await transportTo(['10.0.0.0/8']).request(get(url));
    expect(answer).toMatchObject({ failure: expect.stringMatching(/^not-allowed|no-address$/) });
  });

  test('a redirect is an answer and is not followed', async () => {
    const { port } = await serverThat((_, response) =>
      response.writeHead(301, { location: 'http://169.254.169.254/latest' }).end('moved'),
    );
    const answer = await transportTo(['127.0.0.1']).request(get(`http://127.0.0.1:${port}`));
    expect(answer).toMatchObject({ status: 301, text: 'moved' });
  });

  test('of an endless body only the beginning is read', async () => {
    const { port } = await serverThat((_, response) => {
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    const answer = await transportTo(['127.0.0.1']).request(get(`http://127.0.0.1:${port}`));
    expect('text' in answer && answer.text.length).toBe(ANSWER_BYTES_MAX);
  });

  test('an answer is never unpacked, and none is asked for that would have to be', async () => {
    const { port } = await serverThat((request, response) => {
      const packed = gzipSync(`{"errcode":0,"asked":"${request.headers['accept-encoding']}"}${' '.repeat(50_000_000)}`);
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    const answer = await transportTo(['127.0.0.1']).request(get(`http://127.0.0.1:${port}`));
    expect('text' in answer && answer.text.length).toBeLessThan(ANSWER_BYTES_MAX);
    const plain = await serverThat((request, response) => response.end(request.headers['accept-encoding']));
    const asked = await transportTo(['127.0.0.1']).request(get(`http://127.0.0.1:${plain.port}`));
    expect(asked).toMatchObject({ text: 'identity' });
  });

  test.each([
    'application/json; charset=GBK',
    'application/json',
  ])('an answer in GBK, sent as %s, is read', async (type) => {
    // 誠 ends in the byte of a backslash, which as UTF-8 would take the quote behind it.
    const gbk = Buffer.concat([Buffer.from('{"errcode":0,"errmsg":"'), Buffer.from('d55c', 'hex'), Buffer.from('"}')]);
    const { port } = await serverThat((_, response) => response.writeHead(200, { 'content-type': type }).end(gbk));
    const answer = await transportTo(['127.0.0.1']).request(get(`http://127.0.0.1:${port}`));
    expect('text' in answer && JSON.parse(answer.text)).toEqual({ errcode: 0, errmsg: '誠' });
  });

  test('no answer, a broken one, nobody there: each is said and nothing throws', async () => {
    const silent = await serverThat(() => {});
    const broken = await serverThat((request) => request.socket.resetAndDestroy());
    const gone = await serverThat(() => {});
    gone.server.close();
    const transport = transportTo(['127.0.0.1']);
    expect(await transport.request(get(`http://127.0.0.1:${silent.port}`, 100))).toMatchObject({ failure: 'time-out' });
    expect(await transport.request(get(`http://127.0.0.1:${broken.port}`))).toMatchObject({ failure: 'broken-off' });
    expect(await transport.request(get(`http://127.0.0.1:${gone.port}`))).toMatchObject({ failure: 'no-connection' });
  });

  test.runIf(canCertify)(
    'a gateway shows a certificate of its own name, and whoever shows another hears nothing',
    async () => {
      const asked: string[] = [];
      const heard: string[] = [];
      const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
        asked.push(name);
        done(null);
      };
      const server = createTlsServer({ ...selfSigned('other.test'), SNICallback }, (request, response) => {
        heard.push(request.url ?? '');
        response.end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      afterTest(() => void server.close());
      const transport = transportTo(['127.0.0.0/8'], async () => ['127.0.0.1']);
      const answer = await transport.request(get(`https://gateway.test:${(server.address() as AddressInfo).port}/key`));
      expect([answer, asked, heard]).toMatchObject([{ failure: 'no-connection' }, ['gateway.test'], []]);
    },
  );

  test('who wants to speak another protocol, or sends no end of beginnings, is done with in time', async () => {
    const beginnings = [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      'SSH-2.0-x\r\n',
    ];
    for (const beginning of beginnings) {
      const server = createNetServer((socket) => void socket.on('error', () => {}).write(beginning));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      afterTest(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const answer = await transportTo(['127.0.0.1']).request(get(`http://127.0.0.1:${port}`));
      expect(answer).toMatchObject({ failure: 'broken-off' });
    }
  });

  test('a name server that never answers costs no more than the time there is', async () => {
    const transport = transportTo(['gateway.test'], () => new Promise(() => {}));
    expect(await transport.request(get('http://gateway.test', 50))).toMatchObject({ failure: 'time-out' });
  });
});

describe('sealed secrets', () => {
  const sealer = createSealer(Buffer.alloc(32, 7));
  const place = { channel: 'duty-group', name: 'key' };

  test('open with the key and in the place that they were sealed for alone', () => {
    const sealed = sealer.seal(place, '钥匙 693a91f6');
    expect(sealed).not.toContain('693a91f6');
    expect(sealer.open(place, sealed)).toBe('钥匙 693a91f6');
    expect(sealer.open({ ...place, channel: 'other' }, sealed)).toBeUndefined();
    expect(createSealer(Buffer.alloc(32, 8)).open(place, sealed)).toBeUndefined();
    expect(sealer.open(place, `${sealed.slice(0, -2)}AA`)).toBeUndefined();
    expect(sealer.open(place, 'v1.AA')).toBeUndefined();
  });

  test('the same secret never looks the same', () => {
    expect(sealer.seal(place, 'x')).not.toBe(sealer.seal(place, 'x'));
  });
});
