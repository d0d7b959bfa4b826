import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Address, Config, LineName } from '../../config.ts';
import { ConfigError } from '../../lib/errors.ts';

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
