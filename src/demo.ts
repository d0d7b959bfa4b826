import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApp } from './app.ts';
import { type Address, loadConfig, startFailure } from './config.ts';
import { startDemoGateways } from './demo-telling.ts';
import { hostForUrl } from './services/start/listen.ts';
import { PRODUCT_FOLDERS } from './services/start/seed.ts';

/**
 * `npm run demo`: the server on a fresh temporary data folder, a fleet of simulated devices whose story crosses thresholds
 * of all four families, and stand-ins of a group robot and of calls by which people are told of it. Takes the flags of `npm start`.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const hasFiles = (['devices', 'thresholds'] as const).some((name) => isGiven(args, name));
  const given = loadConfig(args, {
    ...process.env,
    BRINK_AUTH: 'none',
    ...(hasFiles ? {} : { BRINK_SAMPLE: 'true' }),
  });
  if (given === undefined) return;
  const ownFolder = isGiven(args, 'data') ? undefined : mkdtempSync(join(tmpdir(), 'brink-demo-'));
  const adminPassword = given.adminPassword ?? randomBytes(9).toString('base64url');
  const config = {
    ...given,
    data: ownFolder ?? given.data,
    log: args.some((arg) => arg.startsWith('--log')) ? given.log : ('warn' as const),
    adminPassword,
    http: await freeAddress(given.http),
    mqtt: await freeAddress(given.mqtt),
    notifyAllow: [...given.notifyAllow, '127.0.0.1'],
  };
  const { host, port } = config.http;
  // Where it is answered without a login, when the address is known before the start.
  const publicUrl = given.publicUrl ?? (port === 0 ? undefined : `http://${hostForUrl(host)}:${port}`);
  const app = await startApp({ ...config, publicUrl });
  const gateways = await startDemoGateways();
  await gateways.setUp({ data: config.data });
  const simulator = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../simulator/main.ts', import.meta.url)),
      ...['--mqtt', app.mqtt, '--scenario', 'demo'],
      ...['--devices-dir', config.devices ?? PRODUCT_FOLDERS.devices],
      ...['--thresholds-dir', config.thresholds ?? PRODUCT_FOLDERS.thresholds],
    ],
    // The channel says nothing: it closes with this program, however that ends, and the simulator ends with it.
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );

  let isStopping = false;
  const stop = async (status: number) => {
    if (isStopping) return;
    isStopping = true;
    simulator.kill('SIGTERM');
    await app.close();
    await gateways.close();
    if (ownFolder !== undefined) rmSync(ownFolder, { recursive: true, force: true });
    process.exit(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  simulator.once('exit', (status) => {
    if (!isStopping) process.stderr.write(`the simulator ended by itself (status ${status})\n`);
    void stop(1);
  });

  process.stdout.write(`${JSON.stringify({ ready: true, http: app.http, mqtt: app.mqtt })}\n`);
  const login = app.isNew ? `admin / ${adminPassword}` : 'as before (this data folder has its users already)';
  process.stderr.write(`
  Brink 临界 demo
    console   控制台   ${app.http}
    sign in   登录     ${login}
    MQTT               ${app.mqtt}   ${config.auth === 'none' ? '(no password in the demo)' : ''}
    try       试一试   mosquitto_pub -p ${new URL(app.mqtt).port} -q 1 -t telemetry/water-01 -m '{"depth": 60}'
    told      群聊     ${app.http}/notify?tab=chat
    stop      停止     Ctrl-C

`);
}

function isGiven(args: readonly string[], name: 'data' | 'devices' | 'thresholds'): boolean {
  if (process.env[`BRINK_${name.toUpperCase()}`] !== undefined) return true;
  return args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
}

/** The address itself, or with any free port when another program has that one: a demo should run at the first try. */
function freeAddress(address: Address): Promise<Address> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve({ ...address, port: 0 }));
    probe.listen(address.port, address.host, () => probe.close(() => resolve(address)));
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${startFailure(error, false)}\n`);
  process.exit(1);
});
