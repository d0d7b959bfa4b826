import { execFileSync } from 'node:child_process';

/**
 * From now on no file of a running process grows beyond so many bytes: what a write beyond them gets is an error, as on a
 * full disk. `unlimited` makes room again.
 */
export function limitFileSize(pid: number | undefined, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
