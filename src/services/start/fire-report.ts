import type { Address } from '../../config.ts';
import { createReporter } from '../../gateways/gbt26875/reporter.ts';
import type { Control } from '../../model/entry.ts';
import type { LiveValue } from '../../model/live-values.ts';
import type { PointRecord } from '../../model/registry.ts';
import {
  type ChannelFollower,
  type ChannelFollowerOptions,
  startChannelFollower,
} from '../../push/channel-follower.ts';
import { createFireReport, GUARD_CHECK_RULE, operationReports, presentReports } from '../../push/fire-report.ts';

export interface FireReportingOptions extends Omit<ChannelFollowerOptions, 'channel'> {
  readonly platform: Address;
  /** Its address as a transmission device, 12 hex digits. */
  readonly address: string;
  readonly registry: {
    points(): Iterable<PointRecord>;
    point(id: string): PointRecord | undefined;
  };
  readonly send: (control: Control) => void;
  /** The newest value of each metric of a point. */
  readonly valuesOf: (point: string) => Readonly<Record<string, LiveValue>>;
  /** Of this program: `1.2.3`. */
  readonly version: string;
}

/** What people do is looked for in so many of the last entries of the alert log. */
const OPERATIONS_WITHIN = 2_000;

/** The server's own alert of a guard check. */
export const GUARD_CHECK = { condition: GUARD_CHECK_RULE, level: 'orange' } as const;

/** The channel to a fire monitoring platform above this one: what it is told, and what it asks. */
export interface FireReporting extends ChannelFollower {
  /** Connects when everything that it may ask for is there. */
  connect(): void;
}

export function createFireReporting(options: FireReportingOptions): FireReporting {
  const { clock, log, alerts, registry } = options;
  const guard = createGuardCheck({ clock, log, send: options.send });
  const reporter = createReporter({
    clock,
    log,
    platform: options.platform,
    address: options.address,
    version: options.version,
    present: () => presentReports(registry.points(), alerts.open(), clock.nowMs(), options.valuesOf),
    operations() {
      const after = Math.max(0, alerts.headSeq() - OPERATIONS_WITHIN);
      return operationReports(alerts.events(after, OPERATIONS_WITHIN), registry.point);
    },
    onGuardCheck: guard.ask,
  });
  const channel = createFireReport({
    point: registry.point,
    send: reporter.send,
    async onGuardAnswered() {
      if (!guard.isAsked()) return;
      await reporter.answerGuardCheck();
      guard.answered();
    },
  });
  const follower = startChannelFollower({ ...options, channel });
  return {
    ...follower,
    connect: reporter.connect,
    close() {
      follower.close();
      guard.stop();
      reporter.close();
    },
  };
}

const MINUTE_MS = 60_000;

/**
 * Puts a guard check before the operators as an alert of the server's own. Whoever acknowledges it in time has answered;
 * otherwise nobody has, for the platform wants to know about people, and not whether a program runs.
 */
function createGuardCheck({ clock, log, send }: Pick<FireReportingOptions, 'clock' | 'log' | 'send'>) {
  let cancel: (() => void) | undefined;

  function say(active: boolean, detail: string): void {
    send({ type: 'system', ...GUARD_CHECK, active, detail });
  }

  function end(how: string): void {
    cancel?.();
    cancel = undefined;
    say(false, how);
  }

  return {
    ask(minutes: number) {
      cancel?.();
      const withinMinutes = Math.max(1, minutes);
      cancel = clock.after(withinMinutes * MINUTE_MS, () => {
        log.warn({ minutes: withinMinutes }, 'nobody has answered a guard check of the platform above');
        end('not answered');
      });
      log.info({ minutes: withinMinutes }, 'guard check of the platform above');
      say(true, `within ${withinMinutes} min`);
    },
    isAsked: () => cancel !== undefined,
    answered: () => end('answered'),
    stop: () => cancel?.(),
  };
}
