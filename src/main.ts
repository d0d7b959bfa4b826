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
    process.stderr.write(
      `\n  第一次启动，用户名 admin，一次性口令：  ${app.oneTimePassword}\n  First start: sign in as "admin" with this one-time password.\n\n`,
    );
  }
  if (app.isNew && config.devices === undefined && !config.sample) {
    process.stderr.write(
      `  新的空站点，在控制台按步骤建立：  ${app.http}/first-steps\n  A new, empty site; the console leads on there.\n\n`,
    );
  }
  const secure = app.mqtts === null ? {} : { mqtts: app.mqtts };
  process.stdout.write(`${JSON.stringify({ ready: true, http: app.http, mqtt: app.mqtt, ...secure, ...app.lines })}\n`);

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
