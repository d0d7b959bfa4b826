import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary.ts';

/** Whether certificates can be made here. */
export const canCertify = spawnSync('openssl', ['version']).status === 0;

/** A certificate for a name that nobody vouches for, as files and as what is in them; removed after the test. */
export function selfSigned(name: string): { readonly files: { cert: string; key: string }; cert: Buffer; key: Buffer } {
  const folder = temporaryFolder();
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  spawnSync('openssl', [...kind, '-keyout', files.key, '-out', files.cert, ...subject]);
  return { files, cert: readFileSync(files.cert), key: readFileSync(files.key) };
}
