import { startApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { notifySetupSchema } from '../src/model/notify/setup.ts';

/** The server as src/main.ts starts it, with people to be told: the setup is the environment's BRINK_BENCH_NOTIFY. */
const config = loadConfig(process.argv.slice(2), process.env);
if (config === undefined) throw new Error('help was asked for');
const setup = notifySetupSchema.parse(JSON.parse(process.env.BRINK_BENCH_NOTIFY ?? '{}'));
const app = await startApp(config, { notify: { revision: 1, setup } });
process.stdout.write(`${JSON.stringify({ ready: true, http: app.http, mqtt: app.mqtt })}\n`);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
