import type { Alert, AlertEvent } from '../../model/alert.ts';
import type { Quality, Value } from '../../model/reading.ts';
import { FLOOD_RULE } from '../../model/system-alerts.ts';
import type { LiveReading, Notice } from '../../wire/live.ts';
import { bySeverity } from '../ui/order.ts';
import { type AlertBook, createAlertBook } from './alert-book.ts';
import { type Connection, createConnection, type Phase, type Socket, STALE_AFTER_MS } from './connection.ts';
import type { HeardFrame } from './frames.ts';
import { createStore, type Store } from './store.ts';

/** Between two renderings under load; a lone event is shown with the next frame. */
const FLUSH_EVERY_MS = 120;
/** Hidden pages get no animation frames; they are brought up to date by a timer. */
const HIDDEN_FLUSH_MS = 500;

/** What the screen shows of alerts, replaced as a whole at most once a frame. */
export interface AlertView {
  /** Every event up to this one is in `alerts`; null before the first snapshot. */
  readonly seq: number | null;
  /** Every alert that is not closed, most severe first, unacknowledged before acknowledged, oldest first. */
  readonly alerts: readonly Alert[];
  /** Closed alerts whose response goes on, in the same order. */
  readonly responding: readonly Alert[];
  readonly byPoint: ReadonlyMap<string, readonly Alert[]>;
  readonly flood: boolean;
}

export interface Trust {
  readonly phase: Phase;
  /** Server time, ms, of the last sign of life when the screen can no longer be believed; null when it can. */
  readonly staleSinceMs: number | null;
  /** Server clock minus this browser's, ms; null until the server has told its time. */
  readonly clockOffsetMs: number | null;
}

export interface LiveValue {
  readonly value: Value;
  readonly ts: number;
  readonly quality: Quality;
}

export interface Live {
  readonly alerts: Store<AlertView>;
  readonly trust: Store<Trust>;
  /** What the server cannot put into the alert log, because it cannot write at all. */
  readonly notices: Store<readonly Notice[]>;
  /** Counts up whenever readings came in; the values are asked for one by one. */
  readonly readingsVersion: Store<number>;
  reading(point: string, metric: string): LiveValue | undefined;
  /** Time of the newest reading of a point that came over the live connection, ms; undefined when none did. */
  heardFrom(point: string): number | undefined;
  /** Every event as it comes, also in a hidden tab: for sound, speech and notifications. */
  onEvents(listener: (events: readonly AlertEvent[]) => void): () => void;
  /** Every reading as it comes, for the live edge of a chart. */
  onReadings(listener: (readings: readonly LiveReading[]) => void): () => void;
  /** Asks for readings of these points (or all) until the returned function is called. */
  watch(points: readonly string[] | '*'): () => void;
  /** The server's time as an HTTP answer told it, to the second; a heartbeat knows better. */
  toldTime(serverMs: number): void;
  /** What was drawn for a person to see. */
  seen(seq: number): void;
  /** This browser's best knowledge of the server's time, ms. */
  serverNowMs(): number;
  start(): void;
  stop(): void;
}

const EMPTY_VIEW: AlertView = { seq: null, alerts: [], responding: [], byPoint: new Map(), flood: false };

/** Everything that comes from /api/v1/live, kept outside React and drawn at most once a frame. */
export function createLive(options: {
  readonly open: (since: number | null, log: string | null) => Socket;
  readonly signedIn: () => Promise<boolean>;
  /** The server writes another alert log than before: what was asked of it is to be asked again. */
  readonly onOtherLog: () => void;
}): Live {
  const book = createAlertBook();
  const alerts = createStore<AlertView>(EMPTY_VIEW);
  const trust = createStore<Trust>({ phase: 'stopped', staleSinceMs: null, clockOffsetMs: null });
  const notices = createStore<readonly Notice[]>([]);
  const readingsVersion = createStore(0);
  const readings = new Map<string, Map<string, LiveValue>>();
  const eventListeners = new Set<(events: readonly AlertEvent[]) => void>();
  const readingListeners = new Set<(readings: readonly LiveReading[]) => void>();
  const watches = new Set<{ readonly points: readonly string[] | '*' }>();

  let shownLog: string | null = null;
  let pendingEvents: AlertEvent[] = [];
  let alertsDirty = false;
  let readingsDirty = false;
  let scheduled = false;
  let lastFlushMs = 0;
  let checkTimer: ReturnType<typeof setInterval> | undefined;

  const serverNowMs = () => Date.now() + (trust.get().clockOffsetMs ?? 0);

  function updateTrust(change: Partial<Trust>): void {
    const before = trust.get();
    const after = { ...before, ...change };
    const same =
      before.phase === after.phase &&
      before.staleSinceMs === after.staleSinceMs &&
      before.clockOffsetMs === after.clockOffsetMs;
    if (!same) trust.set(after);
  }

  function flush(): void {
    scheduled = false;
    lastFlushMs = performance.now();
    if (alertsDirty) {
      alertsDirty = false;
      alerts.set(viewOf(book));
    }
    if (readingsDirty) {
      readingsDirty = false;
      readingsVersion.set(readingsVersion.get() + 1);
    }
    if (pendingEvents.length > 0) {
      const events = pendingEvents;
      pendingEvents = [];
      for (const listener of [...eventListeners]) listener(events);
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    if (document.visibilityState !== 'visible') {
      setTimeout(flush, HIDDEN_FLUSH_MS);
      return;
    }
    const waitMs = Math.max(0, FLUSH_EVERY_MS - (performance.now() - lastFlushMs));
    setTimeout(() => {
      // A tab that is hidden meanwhile would never get its frame.
      if (document.visibilityState === 'visible') requestAnimationFrame(flush);
      else flush();
    }, waitMs);
  }

  function takeFrame(frame: HeardFrame): void {
    updateTrust({ staleSinceMs: null });
    switch (frame.type) {
      case 'snapshot':
        if (shownLog !== null && frame.log !== undefined && frame.log !== shownLog) leaveLog();
        shownLog = frame.log ?? null;
        alertsDirty = true;
        break;
      case 'event':
        pendingEvents.push(frame);
        alertsDirty = true;
        break;
      case 'readings':
        for (const reading of frame.readings) {
          let values = readings.get(reading.point);
          if (values === undefined) {
            values = new Map();
            readings.set(reading.point, values);
          }
          values.set(reading.metric, reading);
        }
        readingsDirty = true;
        for (const listener of [...readingListeners]) listener(frame.readings);
        break;
      case 'notice':
        takeNotice(frame);
        break;
      case 'heartbeat':
        updateTrust({ clockOffsetMs: steadyOffset(trust.get().clockOffsetMs, frame.at - Date.now()) });
        break;
    }
    schedule();
  }

  /** The server was restored: what this console has of it, beside the snapshot, is of a time that did not come about. */
  function leaveLog(): void {
    pendingEvents = [];
    readings.clear();
    readingsDirty = true;
    options.onOtherLog();
  }

  function takeNotice(notice: Notice): void {
    const next = notices.get().filter(({ condition }) => condition !== notice.condition);
    notices.set(notice.active ? [...next, notice] : next);
  }

  const connection: Connection = createConnection({
    book,
    open: options.open,
    signedIn: options.signedIn,
    monotonicMs: () => performance.now(),
    random: Math.random,
    onFrame: takeFrame,
    onPhase(phase) {
      updateTrust({ phase });
      // A new connection is told what still holds.
      if (phase === 'connecting') notices.set([]);
    },
  });

  function check(): void {
    connection.check();
    const silenceMs = connection.silenceMs();
    if (trust.get().phase !== 'stopped' && trust.get().staleSinceMs === null && silenceMs > STALE_AFTER_MS) {
      updateTrust({ staleSinceMs: serverNowMs() - silenceMs });
    }
  }

  function resubscribe(): void {
    const wanted = new Set<string>();
    for (const { points } of watches) {
      if (points === '*') {
        connection.subscribe('*');
        return;
      }
      for (const point of points) wanted.add(point);
    }
    connection.subscribe([...wanted]);
  }

  return {
    alerts,
    trust,
    notices,
    readingsVersion,
    reading: (point, metric) => readings.get(point)?.get(metric),
    heardFrom(point) {
      const values = readings.get(point);
      return values === undefined ? undefined : Math.max(...[...values.values()].map(({ ts }) => ts));
    },
    onEvents(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    onReadings(listener) {
      readingListeners.add(listener);
      return () => readingListeners.delete(listener);
    },
    watch(points) {
      const membership = { points };
      watches.add(membership);
      resubscribe();
      return () => {
        watches.delete(membership);
        resubscribe();
      };
    },
    toldTime(serverMs) {
      // The header is cut to the second; half of one is the fairest guess at the rest.
      if (trust.get().clockOffsetMs === null) updateTrust({ clockOffsetMs: serverMs + 500 - Date.now() });
    },
    seen: connection.seen,
    serverNowMs,
    start() {
      checkTimer ??= setInterval(check, 1_000);
      connection.start();
    },
    stop() {
      clearInterval(checkTimer);
      checkTimer = undefined;
      connection.stop();
    },
  };
}

function viewOf(book: AlertBook): AlertView {
  const alerts = [...book.open().values()].sort(bySeverity);
  const responding = [...book.responding().values()].sort(bySeverity);
  const byPoint = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const list = byPoint.get(alert.point);
    if (list === undefined) byPoint.set(alert.point, [alert]);
    else list.push(alert);
  }
  const flood = alerts.some(({ kind, rule, state }) => kind === 'system' && rule === FLOOD_RULE && state === 'active');
  return { seq: book.seq(), alerts, responding, byPoint, flood };
}

/**
 * Network delay makes each heartbeat look late, never early, so the greatest offset is the truest; it sinks slowly so
 * that a clock that is set right is followed within minutes.
 */
function steadyOffset(known: number | null, measured: number): number {
  if (known === null || Math.abs(measured - known) > 2_000) return measured;
  return measured > known ? measured : known + (measured - known) * 0.05;
}
