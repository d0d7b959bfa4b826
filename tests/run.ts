import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * `npm test`: formats, types, then every test there is. Real parts that tests talk to and this machine lacks are installed
 * first where that is possible (Debian's packages, as root); what is still missing is said, and fails the run in CI.
 */
interface Part {
  readonly what: string;
  readonly program: string;
  readonly packages: readonly string[];
}

const PARTS: readonly Part[] = [
  {
    what: 'Chromium, for the console tests',
    program: 'chromium-headless-shell',
    packages: ['chromium-headless-shell', 'fonts-noto-cjk'],
  },
  { what: 'InfluxDB, for the history contract', program: 'influxd', packages: ['influxdb'] },
  {
    what: 'Mosquitto’s clients, for the interoperability test',
    program: 'mosquitto_pub',
    packages: ['mosquitto-clients'],
  },
];

const isCi = process.env.CI === 'true';

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function run(command: string, args: readonly string[]): boolean {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  return status === 0;
}

function installMissing(): void {
  const missing = PARTS.filter(({ program }) => !isInstalled(program));
  const canInstall = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (missing.length === 0 || !canInstall) return;
  console.log(`installing ${missing.map(({ program }) => program).join(', ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quietly = { stdio: ['ignore', 'ignore', 'inherit'] as const, env: environment };
  spawnSync('apt-get', ['update', '-qq'], { ...quietly, stdio: [...quietly.stdio] });
  const packages = missing.flatMap((part) => part.packages);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    ...quietly,
    stdio: [...quietly.stdio],
  });
}

function main(): void {
  if (!run('npm', ['run', '--silent', 'check'])) process.exit(1);
  installMissing();
  const missing = PARTS.filter(({ program }) => !isInstalled(program));
  for (const { what, program } of missing) console.log(`SKIPPED ${what}: ${program} is not installed and could not be`);
  if (missing.length > 0 && isCi) {
    console.log('In CI a skip is a failure.');
    process.exit(1);
  }
  process.exit(run('vitest', ['run', ...process.argv.slice(2)]) ? 0 : 1);
}

main();
