import { appliesAt } from '../../model/calendar.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import { endOf } from './holds.ts';
import type { Input, StepResult } from './input.ts';
import { takeProof, takeSeen } from './proofs.ts';
import { beginRound, newRow, release, takeEntry } from './rounds.ts';
import { isSilencing } from './routes.ts';
import { alertKey, type DecideContext, type Run, startRun } from './run.ts';
import { compileSetup, type DecideSetup, type DutyAt } from './setup.ts';
import type { AlertRow, QuietRow, StateView, Track } from './state.ts';
import { advance, isAsking } from './telling.ts';

/** A step as whoever keeps its rows calls it, with the setup as it is kept. `decide` is it; tests give others. */
export type Step = (
  context: {
    readonly setup: { readonly revision: number; readonly setup: NotifySetup; readonly log: string };
    readonly dutyAt: DutyAt;
  },
  state: StateView,
  input: Input,
) => StepResult;

const compiled = new WeakMap<NotifySetup, DecideSetup>();

/** `step` with a setup that is made ready when it is seen for the first time. */
export const decide: Step = ({ setup: { revision, setup, log }, dutyAt }, state, input) => {
  const known = compiled.get(setup);
  const ready = known?.revision === revision ? known : compileSetup(setup, revision);
  if (ready !== known) compiled.set(setup, ready);
  return step({ setup: ready, dutyAt, log }, state, input);
};

/**
 * Who is to be told of what, as a function of the setup, what is known and what has happened. Knows no clock and does no I/O;
 * whoever calls it keeps what it gives, with the place in the log, in one transaction. The same input on the same state gives
 * the same, with the same ids.
 */
export function step(context: DecideContext, state: StateView, input: Input): StepResult {
  const run = startRun(context, state, input.atMs, causeOf(context, state, input));
  take(run, input);
  return run.result();
}

/** What is behind an input, the same whenever it comes again. */
function causeOf({ setup }: DecideContext, state: StateView, input: Input): string {
  switch (input.type) {
    case 'entry':
      return `entry:${input.event.seq}`;
    case 'due':
      return `due:${input.key}@${state.get(input.key)?.dueAtMs}:${roundsOf(state, input.key)}`;
    case 'proof':
      return `proof:${input.intent.id}:${input.proof}`;
    case 'silence':
      return `silence:${input.silence.id}@${input.atMs}`;
    case 'silence-ended':
      return `silence-ended:${input.id}`;
    case 'setup':
      return `setup:${setup.revision}`;
    case 'begin':
    case 'seen':
      return input.type;
  }
}

/**
 * Which rounds of which alerts a row is about: a clock that is set back brings the same time of the same row a second time, and
 * what is told then is not what was told before.
 */
function roundsOf(state: StateView, key: string): string {
  const row = state.get(key);
  if (row === undefined) return '';
  const times = row.clockSets === undefined ? '' : `#${row.clockSets}`;
  if (row.kind === 'alert') return `${row.round}${times}`;
  return `${row.alerts.map((id) => [id, roundOf(state, id)].join('/')).join(',')}${times}`;
}

function roundOf(state: StateView, alert: string): number {
  const row = state.get(alertKey(alert));
  return row?.kind === 'alert' ? row.round : 0;
}

function take(run: Run, input: Input): void {
  switch (input.type) {
    case 'begin':
      for (const prefix of ['alert:', 'group:', 'quiet:'] as const) {
        for (const [key] of run.withPrefix(prefix)) run.put(key, null);
      }
      for (const [key, row] of run.withPrefix('silence:')) {
        if (row.kind === 'silence') run.put(key, { ...row, alerts: [] });
      }
      for (const { alert, areas } of input.open) {
        if (alert.state === 'active') run.putAlert(newRow(alert, areas, true));
      }
      return;
    case 'entry':
      return takeEntry(run, input.event, input.areas);
    case 'due':
      return takeDue(run, input.key);
    case 'proof':
      return takeProof(run, input);
    case 'seen': {
      const row = run.alert(input.alert);
      if (row !== undefined) takeSeen(run, row, input.person);
      return;
    }
    case 'silence':
      return takeSilence(run, input.silence);
    case 'silence-ended':
      return endSilence(run, `silence:${input.id}`);
    case 'setup':
      return takeSetup(run);
  }
}

function takeDue(run: Run, key: string): void {
  const row = run.get(key);
  if (row === undefined || row.dueAtMs === null || row.dueAtMs > run.atMs) return;
  switch (row.kind) {
    case 'alert':
      advance(run, row);
      return;
    case 'group':
      run.put(key, null);
      return release(run, key, row.alerts, null);
    case 'quiet':
      return endQuiet(run, key, row);
    case 'silence':
      return endSilence(run, key);
  }
}

/** Quiet hours have ended, or it is time to look again when they will. */
function endQuiet(run: Run, key: string, row: QuietRow): void {
  const quiet = run.setup.routeById.get(row.route)?.quiet ?? null;
  if (quiet !== null && appliesAt(quiet, run.atMs)) {
    run.put(key, { ...row, dueAtMs: endOf(quiet, run.atMs) });
    return;
  }
  run.put(key, null);
  release(run, key, row.alerts, 'quiet-ended');
}

function endSilence(run: Run, key: string): void {
  const row = run.get(key);
  if (row?.kind !== 'silence') return;
  run.put(key, null);
  release(run, key, row.alerts, 'silence-ended');
}

/** What a silence that was changed no longer takes is let go. */
function takeSilence(run: Run, given: Extract<Input, { type: 'silence' }>['silence']): void {
  const key = `silence:${given.id}`;
  const row = run.get(key);
  const present = row?.kind === 'silence' ? row : undefined;
  // One that is only given again, as after a start, stays where a clock that was set back has moved it.
  const isSame = present !== undefined && present.silence.untilMs === given.untilMs + (present.movedMs ?? 0);
  const silence = isSame ? present.silence : given;
  const moved = isSame && present.movedMs !== undefined ? { movedMs: present.movedMs } : {};
  const held = present?.alerts ?? [];
  const isKept = (id: string): boolean => {
    const row = run.alert(id);
    return row !== undefined && isSilencing(silence, row, run.atMs);
  };
  const kept = held.filter(isKept);
  run.put(key, { kind: 'silence', silence, dueAtMs: silence.untilMs, alerts: kept, ...moved });
  release(
    run,
    key,
    held.filter((id) => !kept.includes(id)),
    'silence-ended',
  );
}

/**
 * Another setup is in force. Who was told stays told; steps and repetitions follow the new one; what waits in quiet hours or by
 * routes that are no more is looked at anew, and so is what nobody was told of.
 */
function takeSetup(run: Run): void {
  for (const [key, row] of run.withPrefix('quiet:')) {
    if (row.kind !== 'quiet') continue;
    if (run.setup.routeById.has(row.route)) endQuiet(run, key, row);
    else dropQuiet(run, key, row);
  }
  for (const [, row] of run.withPrefix('alert:')) {
    if (row.kind !== 'alert' || row.isFromBefore || !isAsking(row)) continue;
    const present = run.alert(row.alert.id);
    if (present !== undefined) adapt(run, present);
  }
}

/** Of quiet hours whose route is no more: what is over is told now; of what still asks, the routes are asked anew. */
function dropQuiet(run: Run, key: string, { alerts }: QuietRow): void {
  run.put(key, null);
  const isOver = (id: string): boolean => {
    const row = run.alert(id);
    return row !== undefined && !isAsking(row);
  };
  release(run, key, alerts.filter(isOver), 'quiet-ended');
}

function adapt(run: Run, row: AlertRow): void {
  const isGone = ({ route }: { route: string }) => !run.setup.routeById.has(route);
  const climbs = ({ isFormer, stepAtMs, repeatAtMs }: Track) => !isFormer && (stepAtMs !== null || repeatAtMs !== null);
  const isWaitingForNothing = row.tracks.some((track) => isGone(track) && (track.state !== 'told' || climbs(track)));
  const isUnheard =
    row.tracks.every(({ state }) => state === 'told') && row.told.every(({ proof }) => proof === 'failed');
  if (isWaitingForNothing || isUnheard) {
    beginRound(run, row, 'setup-changed');
    return;
  }
  const tracks = row.tracks.map((track) => {
    const route = run.setup.routeById.get(track.route);
    if (route === undefined || track.state !== 'told' || track.isFormer) return track;
    const next = route.steps[track.nextStep];
    const stepAtMs = next === undefined ? null : (track.stepAtMs ?? run.atMs + next.afterMs);
    const repeatAtMs = route.repeatMs === null ? null : (track.repeatAtMs ?? run.atMs + route.repeatMs);
    return { ...track, stepAtMs, repeatAtMs };
  });
  if (JSON.stringify(tracks) !== JSON.stringify(row.tracks)) run.putAlert({ ...row, tracks });
}
