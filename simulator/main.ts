import { Command, InvalidArgumentError, Option } from 'commander';
import { parseTimeMs } from '../src/model/time.ts';
import { lineSite, SPEAKERS, startLineFleet } from './lines/run-lines.ts';
import type { RelayFleetOptions } from './relays/fleet.ts';
import { OVER_HTTP, OVER_MQTT, relaySite, startRelayFleet } from './relays/run-relays.ts';
import { startSparkplugNode } from './relays/sparkplug.ts';
import { startFleet } from './run.ts';
import { SCENARIOS } from './scenarios.ts';
import { loadSiteFiles, writeSiteFiles } from './site-files.ts';
import { resizeSite } from './size.ts';

interface Flags {
  readonly mqtt?: string;
  readonly seed: number;
  readonly devices?: number;
  readonly rate?: number;
  readonly scenario: string;
  readonly duration?: number;
  readonly devicesDir: string;
  readonly thresholdsDir: string;
  readonly start?: number;
  readonly speed: number;
  readonly username?: string;
  readonly password?: string;
  readonly writeSite?: string;
  readonly protocol?: string;
  readonly to?: readonly [host: string, port: number];
  readonly http?: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number');
  return value;
}

function time(text: string): number {
  const value = parseTimeMs(text);
  if (value === undefined) throw new InvalidArgumentError('expected a time such as 2026-07-01T08:00:00+08:00');
  return value;
}

function hostAndPort(text: string): [string, number] {
  const found = /^(?:tcp:\/\/)?(?:(.+):)?(\d{1,5})$/.exec(text);
  if (found === null) throw new InvalidArgumentError('expected [HOST:]PORT');
  return [found[1] ?? '127.0.0.1', Number(found[2])];
}

const scenarioHelp = Object.entries(SCENARIOS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n');

const program = new Command('simulate')
  .description('A fleet of simulated devices over real MQTT. The same seed and start give the same readings.')
  .option('--mqtt <url>', 'broker, such as mqtt://127.0.0.1:1883')
  .addOption(
    new Option(
      '--protocol <name>',
      'devices that speak something else, or through something else, with a profile of their own',
    ).choices([...Object.keys(SPEAKERS), 'sparkplug', ...OVER_MQTT, ...OVER_HTTP]),
  )
  .option('--to <address>', 'with a line protocol: [HOST:]PORT of its listener', hostAndPort)
  .option('--http <url>', 'with what posts: the address of a push as a platform has it; of ingest the server')
  .option('--seed <n>', 'what chance is drawn from', whole, 1)
  .option('--devices <n>', "how many; default the site's, beyond those copies of the whole site (gas-01-2, …)", whole)
  .option('--rate <r>', "messages a second of the whole fleet; default each profile's interval", positive)
  .addOption(new Option('--scenario <name>', 'what happens').choices(Object.keys(SCENARIOS)).default('quiet'))
  .option('--duration <s>', 'seconds to run; default until Ctrl-C', positive)
  .option('--devices-dir <dir>', 'profiles and site.yaml', 'devices')
  .option('--thresholds-dir <dir>', 'the limits that the stories reach', 'thresholds')
  .option('--start <time>', 'simulated time of the start; default such that simulated time ends now', time)
  .option('--speed <x>', 'simulated seconds in a second', positive, 1)
  .option('--username <name>', "one user name for all; default each device's id")
  .option('--password <secret>', "one password for all; default each device's secret; of OneNET its token")
  .option('--write-site <dir>', 'write devices/ and thresholds/ for exactly this fleet there, and end')
  .addHelpText('after', `\nScenarios:\n${scenarioHelp}`);

async function main(flags: Flags): Promise<void> {
  if (flags.protocol !== undefined) return speak(flags, flags.protocol);
  const files = await loadSiteFiles(flags.devicesDir, flags.thresholdsDir);
  if (flags.writeSite !== undefined) {
    const fleet = flags.devices === undefined ? files : resizeSite(files, flags.devices);
    await writeSiteFiles(flags.writeSite, flags.devicesDir, fleet);
    return;
  }
  if (flags.mqtt === undefined) return program.error('--mqtt is needed');
  if (flags.password !== undefined && flags.username === undefined) program.error('--password needs --username');
  const fleet = await startFleet({
    url: flags.mqtt,
    seed: flags.seed,
    scenario: flags.scenario,
    files,
    deviceCount: flags.devices,
    ratePerS: flags.rate,
    durationS: flags.duration,
    speed: flags.speed,
    startMs: flags.start,
    credential: flags.username === undefined ? undefined : { username: flags.username, password: flags.password ?? '' },
  });
  process.stderr.write(
    `${fleet.devices} devices, ${fleet.refused} refused, from ${new Date(fleet.startMs).toISOString()}\n`,
  );
  await untilEnded(fleet);
}

/** Devices of a protocol beside MQTT. */
async function speak(flags: Flags, protocol: string): Promise<void> {
  const { profiles } = await loadSiteFiles(flags.devicesDir);
  const devices = flags.devices ?? 1;
  const isLine = Object.hasOwn(SPEAKERS, protocol);
  if (flags.writeSite !== undefined) {
    const siteOf = isLine ? lineSite : relaySite;
    await writeSiteFiles(flags.writeSite, flags.devicesDir, siteOf(protocol, profiles, devices));
    return;
  }
  if (!isLine) return relay({ ...flags, profiles, protocol, devices });
  if (flags.to === undefined) return program.error('--protocol needs --to');
  const [host, port] = flags.to;
  const { seed, rate: ratePerS, duration: durationS } = flags;
  await untilEnded(startLineFleet({ protocol, host, port, seed, profiles, devices, ratePerS, durationS }));
}

/** Devices behind a network server, an edge node or a platform. */
async function relay(flags: Flags & Pick<RelayFleetOptions, 'profiles' | 'protocol' | 'devices'>): Promise<void> {
  const { protocol, rate: ratePerS, duration: durationS } = flags;
  const option = OVER_HTTP.includes(protocol) ? 'http' : 'mqtt';
  const url = flags[option];
  if (url === undefined) return program.error(`--protocol ${protocol} needs --${option}`);
  const start = protocol === 'sparkplug' ? startSparkplugNode : startRelayFleet;
  await untilEnded(start({ ...flags, url, ratePerS, durationS }));
}

async function untilEnded(fleet: { readonly ended: Promise<object>; stop(): unknown }): Promise<void> {
  const stop = () => void fleet.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // Started by another program, which is gone: killed, it could not say so.
  process.once('disconnect', stop);
  process.stdout.write(`${JSON.stringify(await fleet.ended)}\n`);
}

main(program.parse().opts<Flags>()).catch((error: unknown) => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`);
  process.exitCode = 1;
});
