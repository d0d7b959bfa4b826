/** What the server says of itself. */

/** The ports of the broker as it listens; null: not at all. */
export interface MqttPorts {
  readonly plain: number;
  readonly tls: number | null;
}

/** How much comes in and goes out. */
export interface SystemFigures {
  readonly startedAtMs: number;
  readonly rates: {
    /** What the rates are taken over, ms. */
    readonly overMs: number;
    readonly messagesPerSecond: number;
    readonly readingsPerSecond: number;
    readonly refusedPerSecond: number;
    /** Alerts put before people within the last hour (ISA-18.2 counts these). */
    readonly alertsLastHour: number;
  };
  readonly connections: { readonly mqtt: number; readonly live: number };
  readonly sinceStart: {
    readonly messages: number;
    readonly readings: number;
    readonly refused: number;
    readonly repaired: number;
    readonly connectionsRefused: number;
  };
}

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly checks: Readonly<
    Record<
      string,
      { readonly status: 'ok' | 'degraded' | 'failing'; readonly detail?: string; readonly [figure: string]: unknown }
    >
  >;
}

export type BackupOutcome =
  | { readonly ok: true; readonly folder: string; readonly bytes: number; readonly tookMs: number }
  | { readonly ok: false; readonly error: 'running' | 'refused' | 'failed'; readonly detail: string };
