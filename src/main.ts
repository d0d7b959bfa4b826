import { startApp } from './app.ts';
import { ConfigError, loadConfig, startFailure } from './config.ts';

/** Exit statuses: 1 for something wrong with files or data, 2 for wrong usage (CONTRACT). */
function exitStatus(error: ConfigError): number {
  return error.problems.some(({ file }) => file === 'flags' || file === 'environment') ? 2 : 1;
}

let isTalkative = false;

async function main(): Promise<void> {
  const config = loadConfig(process.argv.slice(2), process.env);
  if (config === undefined) return;
  isTalkative = config.log === 'debug' || config.log === 'trace';
  const app = await startApp(config);
  if (app.oneTimePassword !== null) {
    process.stderr.write(`\n  First start. Sign in as "admin" with the one-time password: ${app.oneTimePassword}\n\n`);
  }
  if (app.isNew && config.devices === undefined && !config.sample) {
    process.stderr.write(`  A new, empty site. The console leads on  按步骤建立站点:  ${app.http}/first-steps\n\n`);
  }
  const secure = app.mqtts === null ? {} : { mqtts: app.mqtts };
  process.stdout.write(`${JSON.stringify({ ready: true, http: app.http, mqtt: app.mqtt, ...secure })}\n`);

  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal means that somebody is tired of waiting; nothing acknowledged is lost by it.
      if (isStopping) process.exit(1);
      isStopping = true;
      app.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${startFailure(error, isTalkative)}\n`);
  process.exit(error instanceof ConfigError ? exitStatus(error) : 1);
});
