import type { Input } from './input.ts';
import type { Run } from './run.ts';
import type { AlertRow, Told } from './state.ts';
import { climbWhenHopeless } from './telling.ts';

type ProofInput = Extract<Input, { type: 'proof' }>;

const RANK = { queued: 0, failed: 0, accepted: 1, delivered: 2, answered: 3 } as const;

/** What came of an intent, for each alert that it told of. A failure makes the ladder climb when it was the last hope. */
export function takeProof(run: Run, { intent, proof }: ProofInput): void {
  for (const id of intent.alerts) {
    const row = run.alert(id);
    if (row === undefined) continue;
    const told = row.told.flatMap((one) => (isOf(one, intent) ? proven(one, intent, proof) : [one]));
    const proved = run.putAlert({ ...row, told });
    if (proof === 'failed') climbWhenHopeless(run, proved);
  }
}

function isOf(told: Told, { channel, to }: ProofInput['intent']): boolean {
  return told.channel === channel && told.person === ('person' in to ? to.person : null);
}

/** Empty: nothing was ever told by it. */
function proven(told: Told, { id, atMs }: ProofInput['intent'], proof: ProofInput['proof']): Told[] {
  const isOfBefore = atMs < (told.sinceMs ?? Number.NEGATIVE_INFINITY);
  const open = told.open.filter((one) => one.id !== id);
  const wasOpen = open.length < told.open.length;
  switch (proof) {
    case 'withdrawn':
      return open.length > 0 || told.hasReached ? [{ ...told, open }] : [];
    case 'failed': {
      // A later one may be under way, and what was proven before stays proven.
      if (open.length > 0 || isOfBefore || RANK[told.proof] >= RANK.delivered) return [{ ...told, open }];
      // It had been accepted, and is known now not to have come.
      return [{ ...told, open, proof: 'failed', hasReached: told.hasReached && wasOpen }];
    }
    default: {
      // That he has answered what he was told first says nothing of what he was told when it turned more severe.
      const best = !isOfBefore && RANK[proof] > RANK[told.proof] ? proof : told.proof;
      return [{ ...told, open, proof: best, hasReached: true }];
    }
  }
}

/** A console has shown an alert to a person. */
export function takeSeen(run: Run, row: AlertRow, person: string): void {
  if (!row.seenBy.includes(person)) run.putAlert({ ...row, seenBy: [...row.seenBy, person] });
}
