import { isUtf8 } from 'node:buffer';
import { lookup } from 'node:dns/promises';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { type AllowedTargets, isAllowedName, isAllowedTarget } from '../lib/allowed-targets.ts';
import { messageOf } from '../lib/errors.ts';
import type { HttpAnswer, HttpTransport, ResolveTarget } from './channel.ts';

/** Gateways that the whole country uses; nobody needs to list them. */
export const USUAL_HOSTS: readonly string[] = [
  'qyapi.weixin.qq.com',
  'oapi.dingtalk.com',
  'open.feishu.cn',
  'open.larksuite.com',
  'dysmsapi.aliyuncs.com',
  'dyvmsapi.aliyuncs.com',
  'sms.tencentcloudapi.com',
  'vms.tencentcloudapi.com',
];

export interface TransportOptions {
  readonly allowed: AllowedTargets;
  readonly nowMs: () => number;
  /** All addresses of a name, the preferred first. */
  readonly addressesOf?: (host: string) => Promise<readonly string[]>;
}

export interface Transport extends HttpTransport {
  readonly resolve: ResolveTarget;
}

/** What is beyond is not read: no gateway's answer is as long, and an endless one must not fill the memory. */
export const ANSWER_BYTES_MAX = 64 * 1_024;
/** From the look-up of the name to the last byte of the answer. */
const TIMEOUT_MS = 10_000;

/** A target that may not be connected to, or has no address. Its message is for who set it up. */
export class TargetError extends Error {
  readonly why: 'not-allowed' | 'no-address';
  constructor(why: 'not-allowed' | 'no-address', message: string) {
    super(message);
    this.name = 'TargetError';
    this.why = why;
  }
}

/**
 * The only way from a channel to the network. A name is resolved once and the connection goes to the address that was
 * checked, so that a name server which answers differently the second time changes nothing; redirects are not followed.
 */
export function createTransport(options: TransportOptions): Transport {
  const { allowed, nowMs, addressesOf = systemAddresses } = options;

  async function resolve(host: string, port: number): Promise<{ address: string; port: number }> {
    const plain = host.replace(/^\[|\]$/g, '');
    if (isIP(plain) === 0 && !isAllowedName(allowed, plain, port)) throw notAllowed(plain, port);
    const addresses = isIP(plain) === 0 ? await addressesOf(plain).catch(() => []) : [plain];
    if (addresses.length === 0) throw new TargetError('no-address', `${plain} has no address`);
    const address = addresses.find((one) => isAllowedTarget(allowed, plain, one, port));
    if (address === undefined) throw notAllowed(plain, port, addresses[0]);
    return { address, port };
  }

  async function request({
    method,
    url,
    headers,
    body,
    timeoutMs = TIMEOUT_MS,
  }: Parameters<HttpTransport['request']>[0]): Promise<HttpAnswer> {
    const limit = AbortSignal.timeout(timeoutMs);
    let answer: IncomingMessage | undefined;
    try {
      const target = new URL(url);
      if (target.protocol !== 'https:' && target.protocol !== 'http:') {
        return { failure: 'not-allowed', words: `${target.protocol} is neither http: nor https:` };
      }
      const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
      const { address } = await Promise.race([resolve(target.hostname, port), rejectAt(limit)]);
      // What would have to be unpacked first is not asked for: an answer is short, and a small one can unpack to anything.
      const asked = { 'accept-encoding': 'identity', ...headers };
      answer = await send(target, body, { ...connectionTo(address), method, headers: asked, signal: limit });
      const receivedAtMs = nowMs();
      const found = flat(answer.headers);
      const text = textOf(await readStart(answer), found['content-type']);
      return { status: answer.statusCode ?? 0, headers: found, text, receivedAtMs };
    } catch (error) {
      return failureOf(error, limit.aborted);
    } finally {
      // What is under way belongs to a request that has come to its end, one way or the other.
      answer?.destroy();
    }
  }

  return { request, resolve };
}

function notAllowed(host: string, port: number, address?: string): TargetError {
  const where = address === undefined || address === host ? `${host}:${port}` : `${host}:${port} (${address})`;
  return new TargetError('not-allowed', `${where} is not among the targets that the server allows (--notify-allow)`);
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** One connection of its own to the address that was checked; the name stays for TLS and the Host header. */
function connectionTo(address: string): RequestOptions {
  const family = isIP(address);
  return {
    agent: false,
    lookup: (_host, { all }, done) => (all === true ? done(null, [{ address, family }]) : done(null, address, family)),
  };
}

/** Node's own client follows no redirects, and of an answer comes no more than what is read. */
function send(target: URL, body: string | null, options: RequestOptions): Promise<IncomingMessage> {
  const { request } = target.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const refuse = (words: string) => () => reject(new Error(words));
    request(target, options, resolve)
      .on('error', reject)
      // Who wants to speak another protocol gives no answer, and the client says nothing of it but that it is over.
      .on('upgrade', (_answer, socket) => socket.destroy())
      .on('close', refuse('it ended without an answer'))
      .end(body ?? undefined);
  });
}

function rejectAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function readStart(body: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    if (!(part instanceof Uint8Array)) continue;
    parts.push(Buffer.from(part));
    bytes += part.length;
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES_MAX);
}

/**
 * Older Chinese platforms answer in GBK, some without saying so: read as UTF-8, a character of theirs can swallow the quote
 * behind it, and what was accepted would be sent again and again. GB 18030 holds all of GBK.
 */
function textOf(bytes: Buffer, contentType = ''): string {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? '';
  if (/^(gb\w*|x-gbk|cp936)$/.test(charset)) return new TextDecoder('gb18030').decode(bytes);
  // A character that was cut off at the end is none of another alphabet.
  return isUtf8(bytes) || bytes.length >= ANSWER_BYTES_MAX
    ? bytes.toString()
    : new TextDecoder('gb18030').decode(bytes);
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Codes of a connection that was never there: nothing can have been taken. Any other one may have been, and was broken off. */
const NO_CONNECTION =
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|ETIMEDOUT|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL)/;

function failureOf(error: unknown, isLate: boolean): HttpAnswer {
  if (error instanceof TargetError) return { failure: error.why, words: error.message };
  if (isLate) return { failure: 'time-out', words: 'no complete answer in time' };
  const code = codeOf(error);
  if (code === 'ERR_INVALID_URL') return { failure: 'not-allowed', words: 'the address is no URL' };
  const words = code === '' ? messageOf(error) : code;
  return { failure: NO_CONNECTION.test(code) ? 'no-connection' : 'broken-off', words };
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}
