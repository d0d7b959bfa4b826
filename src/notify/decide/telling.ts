import { isAnnounced } from '../../model/announced.ts';
import type { ReasonTold } from '../../model/notify/delivery.ts';
import type { Proof } from '../../model/notify/setup.ts';
import { RANK } from '../../model/severity.ts';
import { groupOf, hold, holdOf, joinGroup } from './holds.ts';
import { type Recipient, recipientsOf } from './recipients.ts';
import type { Run } from './run.ts';
import type { DecideRoute, DecideStep } from './setup.ts';
import type { AlertRow, Told, Track } from './state.ts';

/** An alert that somebody must be told of as long as this holds. */
export function isAsking({ alert }: Pick<AlertRow, 'alert'>): boolean {
  return alert.state === 'active' && isAnnounced(alert) && !alert.acknowledged;
}

/** The track of a route that has just taken an alert. */
export function newTrack(route: string, reason: Track['reason']): Track {
  const none = { waitsIn: null, nextStep: 0, stepAtMs: null, repeatAtMs: null };
  return { route, isFormer: false, state: 'waiting', reason, ...none };
}

/** Puts a track in the place of the one of its route. */
export function withTrack(row: AlertRow, track: Track): AlertRow {
  const others = row.tracks.some(({ route }) => route === track.route);
  const tracks = others ? row.tracks.map((one) => (one.route === track.route ? track : one)) : [...row.tracks, track];
  return { ...row, tracks };
}

/**
 * Leads what a route takes through the wait of its group, silences and quiet hours, to those who are told. `hasWaited`: it
 * comes out of one of them, and does not wait for others again; `reason` is what they are told it for.
 */
export function offer(run: Run, row: AlertRow, track: Track, hasWaited: boolean, reason: ReasonTold): AlertRow {
  const route = run.setup.routeById.get(track.route);
  if (!hasWaited && route !== undefined && !track.isFormer) {
    const group = groupOf(run, row, route);
    if (group !== undefined) {
      run.hear(row, { code: 'waits', route: track.route, why: group.why, untilMs: group.untilMs });
      joinGroup(run, row, track.route, group);
      return run.putAlert(withTrack(row, { ...track, state: 'waiting', waitsIn: group.key }));
    }
  }
  const held = holdOf(run, row, route);
  if (held !== undefined) {
    hold(run, row, track.route, held);
    hearHeld(run, row, track.route, held);
    return run.putAlert(withTrack(row, { ...track, state: 'held', waitsIn: held.key }));
  }
  return begin(run, row, { ...track, state: 'told', waitsIn: null }, route, reason);
}

function hearHeld(run: Run, row: AlertRow, route: string, held: NonNullable<ReturnType<typeof holdOf>>): void {
  const { silence, untilMs } = held;
  run.hear(row, silence === null ? { code: 'quiet', route, untilMs } : { code: 'silenced', route, silence, untilMs });
}

/** Tells the recipients of a route, and those it had told when there is news for them, and sets its ladder up. */
function begin(run: Run, row: AlertRow, track: Track, route: DecideRoute | undefined, reason: ReasonTold): AlertRow {
  const isNew = track.reason === 'raised' || track.reason === 'setup-changed';
  const before = isNew ? [] : row.told.filter((told) => told.route === track.route && isTold(told));
  const isTaken = route !== undefined && !track.isFormer;
  const recipients = isTaken ? resolve(run, row, track.route, -1, route.to, route.by) : [];
  const all = unique([...recipients, ...before.map(({ channel, person }) => ({ channel, person }))]);
  const told = tell(run, row, track.route, -1, all, reason);
  if (!isTaken) return run.putAlert(withTrack(told, { ...track, nextStep: 0, stepAtMs: null, repeatAtMs: null }));
  if (all.length === 0 && route.to.length > 0) run.hear(row, { code: 'nobody', route: track.route, step: -1 });
  const { repeatMs } = route;
  const started: Track = {
    ...track,
    nextStep: 0,
    stepAtMs: all.length === 0 && route.steps.length > 0 ? run.atMs : nextAt(run, route, 0),
    repeatAtMs: repeatMs === null ? null : run.atMs + repeatMs,
  };
  return climb(run, withTrack(told, started), started);
}

/** Whether something has come to him, or may yet. */
const isTold = ({ hasReached, open }: Told): boolean => hasReached || open.length > 0;

const nextAt = (run: Run, route: DecideRoute, step: number): number | null => {
  const next = route.steps[step];
  return next === undefined ? null : run.atMs + next.afterMs;
};

/** Climbs every step of a track whose time has come, unless its proof is there; rests while a silence or quiet hours hold. */
function climb(run: Run, row: AlertRow, from: Track): AlertRow {
  const route = run.setup.routeById.get(from.route);
  let [track, told] = [from, row];
  while (track.stepAtMs !== null && track.stepAtMs <= run.atMs) {
    const at = track.nextStep;
    const step = route?.steps[at];
    if (route === undefined || step === undefined) {
      track = { ...track, stepAtMs: null };
      break;
    }
    if (isProven(told, track.route, step.unless)) {
      run.hear(told, { code: 'step-passed', route: track.route, step: at, unless: step.unless });
      track = { ...track, nextStep: at + 1, stepAtMs: nextAt(run, route, at + 1) };
      continue;
    }
    const held = holdOf(run, told, route);
    if (held !== undefined) {
      hold(run, told, track.route, held);
      hearHeld(run, told, track.route, held);
      track = { ...track, waitsIn: held.key };
      break;
    }
    const recipients = resolveStep(run, told, track.route, at, step);
    told = tell(run, told, track.route, at, recipients, 'step');
    if (recipients.length === 0) run.hear(told, { code: 'nobody', route: track.route, step: at });
    const next = nextAt(run, route, at + 1);
    track = { ...track, nextStep: at + 1, stepAtMs: recipients.length === 0 && next !== null ? run.atMs : next };
  }
  const climbed = run.putAlert(withTrack(told, track));
  if (track.stepAtMs === null) noteUnheard(run, climbed, track.route);
  return climbed;
}

function resolveStep(run: Run, row: AlertRow, route: string, at: number, step: DecideStep): Recipient[] {
  return resolve(run, row, route, at, step.to, step.by);
}

function resolve(
  run: Run,
  row: AlertRow,
  route: string,
  step: number,
  to: DecideRoute['to'],
  by: DecideRoute['by'],
): Recipient[] {
  return recipientsOf(run.context, to, by, run.atMs, (stage) => run.hear(row, { ...stage, route, step }));
}

/** At the end of its ladder: a route by which nobody was reached is said to be one. */
function noteUnheard(run: Run, row: AlertRow, route: string): void {
  if (!isAsking(row) || row.tracks.some(({ state, stepAtMs }) => state !== 'told' || stepAtMs !== null)) return;
  const isHeard = row.told.some(({ round, proof }) => round === row.round && proof !== 'failed');
  if (!isHeard) run.notTold(row, 'nobody', route);
}

/**
 * Tells recipients of an alert for a reason. Who was told in this round by another route is not told the same again, but of a
 * step and a repetition each time.
 */
function tell(
  run: Run,
  row: AlertRow,
  route: string,
  step: number,
  recipients: readonly Recipient[],
  reason: ReasonTold,
): AlertRow {
  const isAnew = reason === 'step' || reason === 'repeat';
  let told = row.told;
  for (const to of recipients) {
    const same = told.filter((one) => one.channel === to.channel && one.person === to.person);
    const known = same.find(
      (one) => one.round === row.round && one.proof !== 'failed' && RANK[one.level] >= RANK[row.alert.level],
    );
    const own = same.find((one) => one.route === route);
    const isOfRound = own?.round === row.round;
    if (known !== undefined && !isAnew) {
      run.hear(row, { code: 'told-already', route, step, ...to });
      if (own !== known) told = replaced(told, own, { ...known, route, step });
      continue;
    }
    run.hear(row, { code: 'told', route, step, reason, ...to });
    const id = run.say(row, { reason, to, route, step: step === -1 ? null : step });
    const base = own ?? same[0];
    const proof = isOfRound && own !== undefined && own.proof !== 'failed' ? own.proof : 'queued';
    told = replaced(told, own, {
      ...to,
      route,
      step: reason === 'repeat' && isOfRound && own !== undefined ? own.step : step,
      level: row.alert.level,
      round: row.round,
      sinceMs: isOfRound ? own?.sinceMs : run.atMs,
      proof,
      hasReached: base?.hasReached ?? false,
      open: [...(base?.open ?? []).filter((one) => one.id !== id), { id, reason }],
    });
  }
  return { ...row, told };
}

function replaced(list: readonly Told[], was: Told | undefined, now: Told): readonly Told[] {
  return was === undefined ? [...list, now] : list.map((one) => (one === was ? now : one));
}

const PROOF_RANK = { queued: 0, failed: 0, accepted: 1, delivered: 2, seen: 3, answered: 4 } as const;

/** Whether anybody who was told in this round by a route has given this proof or a better one. */
function isProven(row: AlertRow, route: string, proof: Proof): boolean {
  return row.told.some((told) => {
    if (told.round !== row.round || told.route !== route) return false;
    const hasSeen = told.person !== null && row.seenBy.includes(told.person);
    return Math.max(PROOF_RANK[told.proof], hasSeen ? PROOF_RANK.seen : 0) >= PROOF_RANK[proof];
  });
}

/** Does what of an alert's tracks is due: steps and repetitions. */
export function advance(run: Run, given: AlertRow): AlertRow {
  let row = given;
  for (const { route } of given.tracks) {
    const track = row.tracks.find((one) => one.route === route);
    if (track === undefined || track.state !== 'told' || track.waitsIn !== null) continue;
    if (isDue(track.stepAtMs, run)) row = climb(run, row, track);
    const climbed = row.tracks.find((one) => one.route === route);
    if (climbed !== undefined && climbed.waitsIn === null && isDue(climbed.repeatAtMs, run)) {
      row = repeat(run, row, climbed);
    }
  }
  return row;
}

const isDue = (atMs: number | null, run: Run): boolean => atMs !== null && atMs <= run.atMs;

/** Tells again: whoever is on duty now, of the route and of each step that was climbed, so that a shift that ends hands over. */
function repeat(run: Run, row: AlertRow, track: Track): AlertRow {
  const route = run.setup.routeById.get(track.route);
  if (route === undefined || route.repeatMs === null) {
    return run.putAlert(withTrack(row, { ...track, repeatAtMs: null }));
  }
  const held = holdOf(run, row, route);
  if (held !== undefined) {
    hold(run, row, track.route, held);
    hearHeld(run, row, track.route, held);
    return run.putAlert(withTrack(row, { ...track, waitsIn: held.key }));
  }
  const climbed = new Set(
    row.told.filter((told) => told.route === route.id && told.round === row.round).map(({ step }) => step),
  );
  const recipients = [
    ...resolve(run, row, route.id, -1, route.to, route.by),
    ...route.steps.flatMap((step, at) => (climbed.has(at) ? resolveStep(run, row, route.id, at, step) : [])),
  ];
  const told = tell(run, row, route.id, -1, unique(recipients), 'repeat');
  return run.putAlert(withTrack(told, { ...track, repeatAtMs: run.atMs + route.repeatMs }));
}

/** When nobody of the step that was climbed last can be reached, the next is not waited for. */
export function climbWhenHopeless(run: Run, given: AlertRow): AlertRow {
  let row = given;
  if (!isAsking(row)) return row;
  for (const { route } of given.tracks) {
    const track = row.tracks.find((one) => one.route === route);
    if (track === undefined || track.isFormer || track.state !== 'told') continue;
    const last = row.told.filter((told) => told.route === route && told.round === row.round);
    const step = Math.max(-1, ...last.map((told) => told.step));
    const hopes = last.filter((told) => told.step === step);
    if (hopes.length === 0 || hopes.some(({ proof }) => proof !== 'failed')) continue;
    if (track.stepAtMs === null) {
      noteUnheard(run, row, route);
      continue;
    }
    run.hear(row, { code: 'nobody', route, step });
    const hurried = { ...track, stepAtMs: Math.min(track.stepAtMs, run.atMs) };
    row = run.putAlert(withTrack(row, hurried));
    if (hurried.waitsIn === null) row = climb(run, row, hurried);
  }
  return row;
}

function unique(recipients: readonly Recipient[]): Recipient[] {
  return [...new Map(recipients.map((to) => [`${to.channel}\n${to.person ?? ''}`, to])).values()];
}
