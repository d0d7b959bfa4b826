import type { PointFailure } from '../model/threshold-change.ts';
import type { Proposal, ProposedItem } from '../model/threshold-records.ts';
import type { Weakening } from '../model/weakening.ts';
import type { Core } from './core.ts';
import type { DatedChange, RevisionsMade, RevisionWriter } from './revisions.ts';

/** Changes of thresholds that wait for a second person, and what became of them. */
export interface Proposals {
  /** Keeps changes for a second person to approve; they are checked as if they were to be made now. */
  propose(wanted: WantedProposal): ProposeOutcome;
  /** Newest first; `before` is the number of a proposal. */
  proposals(filter: {
    /** Only those that nobody has decided on and that have not expired by this time. */
    readonly pendingAtMs?: number | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }): Proposal[];
  proposal(id: string): Proposal | undefined;
  /** Makes the revisions of a proposal, all of them or none, with both names. */
  approve(id: string, decision: Decision): ApproveOutcome;
  /** Ends a proposal without making anything of it. */
  closeProposal(id: string, how: 'rejected' | 'withdrawn', decision: Decision): DecideOutcome;
}

export interface WantedProposal {
  readonly id: string;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string;
  readonly expiresMs: number;
  readonly items: readonly Omit<ProposedItem, 'made'>[];
}

export interface Decision {
  readonly by: string;
  readonly atMs: number;
  readonly note: string | null;
}

export type ProposeOutcome =
  | { readonly ok: true; readonly proposal: Proposal }
  | { readonly ok: false; readonly failures: readonly PointFailure[] };

export type UndecidedFailure =
  | { readonly ok: false; readonly error: 'unknown-proposal' }
  | { readonly ok: false; readonly error: 'decided' | 'expired'; readonly proposal: Proposal };

export type DecideOutcome = { readonly ok: true; readonly proposal: Proposal } | UndecidedFailure;

export type ApproveOutcome =
  | (RevisionsMade & { readonly proposal: Proposal })
  | UndecidedFailure
  /** The author may not be the second person. */
  | { readonly ok: false; readonly error: 'own' }
  | { readonly ok: false; readonly error: 'refused'; readonly failures: readonly PointFailure[] };

type ProposalRow = Omit<Proposal, 'items'>;
interface ItemRow {
  readonly point: string;
  readonly revision: number;
  readonly document: number;
  readonly untilMs: number | null;
  readonly weakens: string;
  readonly made: number | null;
}

const COLUMNS = `id, number, author, at_ms AS atMs, reason, expires_ms AS expiresMs, decision, decided_by AS decidedBy,
  decided_ms AS decidedMs, note`;

export function createProposals(core: Core, revisions: RevisionWriter): Proposals {
  const { database, definitions, trail, change } = core;
  const insert = database.prepare(
    'INSERT INTO proposal (id, author, at_ms, reason, expires_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const insertItem = database.prepare(`
    INSERT INTO proposal_item (proposal, position, point, revision, document, until_ms, weakens)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const read = database.prepare(`SELECT ${COLUMNS} FROM proposal WHERE id = ?`);
  const readItems = database.prepare(`
    SELECT point, revision, document, until_ms AS untilMs, weakens, made FROM proposal_item
    WHERE proposal = ? ORDER BY position`);
  const readAll = database.prepare(`
    SELECT ${COLUMNS} FROM proposal WHERE number < ? ORDER BY number DESC LIMIT ?`);
  const readPending = database.prepare(`
    SELECT ${COLUMNS} FROM proposal
    WHERE decision IS NULL AND expires_ms > ? AND number < ? ORDER BY number DESC LIMIT ?`);
  const update = database.prepare(
    'UPDATE proposal SET decision = ?, decided_by = ?, decided_ms = ?, note = ? WHERE id = ?',
  );
  const updateItem = database.prepare(`
    UPDATE proposal_item SET made = ? WHERE point = ? AND proposal = (SELECT number FROM proposal WHERE id = ?)`);

  function withItems(row: ProposalRow): Proposal {
    const items = (readItems.all(row.number) as unknown as ItemRow[]).map(
      ({ document, weakens, ...item }): ProposedItem => ({
        ...item,
        document: definitions.document(document),
        weakens: JSON.parse(weakens) as Weakening[],
      }),
    );
    return { ...row, items };
  }

  function get(id: string): Proposal | undefined {
    const row = read.get(id);
    return row === undefined ? undefined : withItems(row as unknown as ProposalRow);
  }

  /** A proposal that somebody can still decide on, or why not. */
  function undecided(id: string, atMs: number): DecideOutcome {
    const proposal = get(id);
    if (proposal === undefined) return { ok: false, error: 'unknown-proposal' };
    if (proposal.decision !== null) return { ok: false, error: 'decided', proposal };
    return proposal.expiresMs <= atMs ? { ok: false, error: 'expired', proposal } : { ok: true, proposal };
  }

  function decide(proposal: Proposal, how: NonNullable<Proposal['decision']>, { by, atMs, note }: Decision): void {
    update.run(how, by, atMs, note, proposal.id);
    const detail = { points: proposal.items.map(({ point }) => point), note };
    trail.add({ atMs, author: by, action: `thresholds-${how}`, subject: proposal.id, detail });
  }

  return {
    propose(wanted) {
      const { id, author, atMs, reason, expiresMs, items } = wanted;
      const failures = revisions.refusalsOf(
        items.map((item) => ({ ...item, expectedRevision: item.revision, author, atMs, reason })),
      );
      if (failures.length > 0) return { ok: false, failures };
      change(() => {
        const { lastInsertRowid } = insert.run(id, author, atMs, reason, expiresMs);
        items.forEach(({ point, revision, document, untilMs, weakens }, position) => {
          const body = definitions.putBody(document);
          insertItem.run(lastInsertRowid, position, point, revision, body, untilMs, JSON.stringify(weakens));
        });
        const detail = { points: items.map(({ point }) => point), reason };
        trail.add({ atMs, author, action: 'thresholds-proposed', subject: id, detail });
      });
      return { ok: true, proposal: get(id) as Proposal };
    },
    proposals({ pendingAtMs, before = Number.MAX_SAFE_INTEGER, limit }) {
      const rows = pendingAtMs === undefined ? readAll.all(before, limit) : readPending.all(pendingAtMs, before, limit);
      return (rows as unknown as ProposalRow[]).map(withItems);
    },
    proposal: get,
    approve(id, decision) {
      const found = undecided(id, decision.atMs);
      if (!found.ok) return found;
      const { author, reason, items } = found.proposal;
      if (author === decision.by) return { ok: false, error: 'own' };
      const changes = items.map(({ point, revision, document, untilMs }): DatedChange => {
        return { point, expectedRevision: revision, document, author, atMs: decision.atMs, reason, untilMs };
      });
      const failures = revisions.refusalsOf(changes);
      if (failures.length > 0) return { ok: false, error: 'refused', failures };
      const made = revisions.make(changes, { approvedBy: decision.by, proposal: id }, (all) => {
        for (const { point, revision } of all) updateItem.run(revision, point, id);
        decide(found.proposal, 'approved', decision);
      });
      return { ...made, proposal: get(id) as Proposal };
    },
    closeProposal(id, how, decision) {
      const found = undecided(id, decision.atMs);
      if (!found.ok) return found;
      change(() => decide(found.proposal, how, decision));
      return { ok: true, proposal: get(id) as Proposal };
    },
  };
}
