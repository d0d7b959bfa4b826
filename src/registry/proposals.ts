import type { DatabaseSync } from 'node:sqlite';
import type { Weakening } from '../model/weakening.ts';
import type { DefinitionStore } from './definitions.ts';
import type { Decision, Proposal, ProposedItem, WantedProposal } from './registry.ts';

/** Proposed changes as rows. Writes are the caller's to put into a transaction. */
export interface ProposalStore {
  add(wanted: WantedProposal): void;
  get(id: string): Proposal | undefined;
  /** Newest first. */
  list(filter: {
    readonly pendingAtMs?: number | undefined;
    readonly before: number;
    readonly limit: number;
  }): Proposal[];
  decide(id: string, how: NonNullable<Proposal['decision']>, decision: Decision): void;
  /** Says which revision a point's change became. */
  setMade(id: string, point: string, revision: number): void;
}

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

export function proposalStore(database: DatabaseSync, definitions: DefinitionStore): ProposalStore {
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

  return {
    add({ id, author, atMs, reason, expiresMs, items }) {
      const { lastInsertRowid } = insert.run(id, author, atMs, reason, expiresMs);
      items.forEach(({ point, revision, document, untilMs, weakens }, position) => {
        const body = definitions.putBody(document);
        insertItem.run(lastInsertRowid, position, point, revision, body, untilMs, JSON.stringify(weakens));
      });
    },
    get(id) {
      const row = read.get(id);
      return row === undefined ? undefined : withItems(row as unknown as ProposalRow);
    },
    list({ pendingAtMs, before, limit }) {
      const rows = pendingAtMs === undefined ? readAll.all(before, limit) : readPending.all(pendingAtMs, before, limit);
      return (rows as unknown as ProposalRow[]).map(withItems);
    },
    decide(id, how, { by, atMs, note }) {
      update.run(how, by, atMs, note, id);
    },
    setMade(id, point, revision) {
      updateItem.run(revision, point, id);
    },
  };
}
