import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { PYTHONS } from './support/pythons.ts';

/**
 * `npm test`: formats and types beside every test there is. Real parts that tests talk to and this machine lacks are installed
 * first where that is possible (Debian's packages, as root); what is still missing is said, and fails the run in CI.
 */
interface Part {
  readonly what: string;
  readonly program: string;
  readonly packages: readonly string[];
  /** What ends well where it is there, of what is no program by itself. */
  readonly probe?: string;
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
  {
    what: 'Python’s paho, for the interoperability test',
    program: 'python3 with paho',
    packages: ['python3', 'python3-paho-mqtt'],
    probe: PYTHONS.map((python) => `${python} -c 'import paho.mqtt.client' 2>/dev/null`).join(' || '),
  },
];

const isCi = process.env.CI === 'true';

function isInstalled({ program, probe }: Part): boolean {
  return spawnSync('sh', ['-c', probe ?? `command -v ${program}`]).status === 0;
}

/** Formats and types. They take a core for half a minute, which tests that wait for something leave free. */
async function check(): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', 'check'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const words = (await Promise.all([text(child.stdout), text(child.stderr)])).join('');
  const [status] = await ended;
  if (status !== 0) console.log(`\nCHECK FAILED\n${words}`);
  return status === 0;
}

async function runTests(): Promise<boolean> {
  const [status] = await once(spawn('vitest', ['run', ...process.argv.slice(2)], { stdio: 'inherit' }), 'close');
  return status === 0;
}

function installMissing(): void {
  const missing = PARTS.filter((part) => !isInstalled(part));
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

async function main(): Promise<void> {
  installMissing();
  const missing = PARTS.filter((part) => !isInstalled(part));
  for (const { what, program } of missing) console.log(`SKIPPED ${what}: ${program} is not installed and could not be`);
  if (missing.length > 0 && isCi) {
    console.log('In CI a skip is a failure.');
    process.exit(1);
  }
  const [isChecked, isTested] = await Promise.all([check(), runTests()]);
  // Far above by now, so it is said again.
  if (!isChecked) console.log('CHECK FAILED: see above, or npm run check');
  process.exit(isChecked && isTested ? 0 : 1);
}

await main();
