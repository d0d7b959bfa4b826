import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Address, Config } from '../../config.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { CannotListen } from '../../model/problem.ts';
import type { LineName } from '../../model/source-setup.ts';

const EXPECTED: Readonly<Record<string, readonly [found: string, expected: string]>> = {
  EADDRINUSE: ['where another program listens already', 'a free port (0 takes any)'],
  EACCES: ['where this user may not listen', 'a port from 1024 on, or the right to use lower ones'],
  EADDRNOTAVAIL: ['an address that this machine does not have', 'an address of this machine, 127.0.0.1 or 0.0.0.0'],
  ENOTFOUND: ['a name that nobody knows', 'an address of this machine, 127.0.0.1 or 0.0.0.0'],
};

/** Opens a listener; what the person who starts the server can mend is a ConfigError that names the setting. */
export async function listening<T>(
  setting: 'http' | 'mqtt' | 'mqtts' | LineName,
  at: Address,
  open: () => Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const known = EXPECTED[(error as NodeJS.ErrnoException).code ?? ''];
    if (known === undefined) throw error;
    const [found, expected] = known;
    const problem = { file: 'configuration', path: setting, found: `${at.host}:${at.port}, ${found}`, expected };
    throw new ConfigError([problem]);
  }
}

const WHY: Readonly<Record<string, CannotListen>> = {
  EADDRINUSE: 'in-use',
  EACCES: 'not-allowed',
  EADDRNOTAVAIL: 'not-here',
};

/** Why a port cannot be had, of TCP and where `hasDatagrams` of UDP: it is opened and closed. Undefined when it can. */
export async function whyNotListen(at: Address, hasDatagrams: boolean): Promise<CannotListen | undefined> {
  const server = createServer();
  const socket = createSocket(isIPv6(at.host) ? 'udp6' : 'udp4');
  try {
    server.listen(at.port, at.host);
    await once(server, 'listening');
    if (hasDatagrams) {
      socket.bind(at.port, at.host);
      await once(socket, 'listening');
    }
    return undefined;
  } catch (error) {
    const why = WHY[(error as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) throw error;
    return why;
  } finally {
    socket.close();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

/** The certificate and key of the TLS listener, which belong together. */
export function readTls(config: Config): { cert: Uint8Array; key: Uint8Array } {
  const read = (path: string, file = '') => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw unusable(path, error, 'a readable PEM file');
    }
  };
  const pair = { cert: read('tlsCert', config.tlsCert), key: read('tlsKey', config.tlsKey) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw unusable('tlsCert', error, `a certificate and its private key in PEM (tlsKey: ${config.tlsKey})`);
  }
  return pair;
}

function unusable(path: string, error: unknown, expected: string): ConfigError {
  const found = error instanceof Error ? error.message : String(error);
  return new ConfigError([{ file: 'configuration', path, found, expected }]);
}

/** A host as it stands in an address: IPv6 in brackets. */
export function hostForUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
