import { ruleInconsistencies } from '../model/consistency.ts';
import { EMPTY_DOCUMENT } from '../model/empty-document.ts';
import { pointerOf } from '../model/pointer.ts';
import type { FieldProblem } from '../model/problem.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { PointFailure, ThresholdChange, ThresholdFailure } from '../model/threshold-change.ts';
import type { ThresholdRevision } from '../model/threshold-records.ts';
import type { Core, RegistryChange } from './core.ts';
import type { PointEntry } from './memory.ts';

/** The threshold documents of points, each change a revision of its own that stays. */
export interface Revisions {
  /** The point's present threshold document; revision 0 and an empty document when it never had one. */
  thresholds(point: string): ThresholdRevision | undefined;
  /**
   * What evaluation could not run of a document at this point, each beginning with the place: `rules.depth.metric: …`.
   * Empty when all is well; a point that is not there can run nothing.
   */
  thresholdProblems(point: string, document: ThresholdDocument): readonly FieldProblem[];
  /** Newest first. */
  revisions(point: string, limit: number, beforeRevision?: number): ThresholdRevision[];
  revision(point: string, revision: number): ThresholdRevision | undefined;
  /** The revisions in force that are temporary, soonest end first. */
  temporaryRevisions(): ThresholdRevision[];
  /**
   * Makes a new revision if `expectedRevision` is still the present one.
   * `lost-race` gives the revision that is; `problems` lists what evaluation could not run, such as unknown metrics or
   * impossible units.
   */
  putThresholds(change: DatedChange): ThresholdOutcome;
  /** The same for several points in one transaction: all of them, or none and every reason why not. */
  putThresholdsAll(changes: readonly DatedChange[]): ThresholdsOutcome;
}

/** A change as it is made, at a time. */
export type DatedChange = ThresholdChange & { readonly atMs: number };

export type ThresholdOutcome =
  | { readonly ok: true; readonly revision: ThresholdRevision; readonly change: RegistryChange }
  | ThresholdFailure;

/** Revisions that were made, of several points. */
export interface RevisionsMade {
  readonly ok: true;
  readonly revisions: readonly ThresholdRevision[];
  readonly change: RegistryChange;
}

export type ThresholdsOutcome = RevisionsMade | { readonly ok: false; readonly failures: readonly PointFailure[] };

/** How the other parts of the registry make revisions. */
export interface RevisionWriter {
  /** The present one, also of a point that was removed: when it comes back, its revisions go on. */
  present(point: string): ThresholdRevision;
  /** Keeps a revision without putting it in force. */
  add(revision: ThresholdRevision): void;
  /** Why a change cannot be made now. */
  refusalOf(change: DatedChange): ThresholdFailure | undefined;
  refusalsOf(changes: readonly DatedChange[]): PointFailure[];
  /** Makes changes that nothing speaks against. `also` is done in the same transaction. */
  make(
    changes: readonly DatedChange[],
    approval?: Approval,
    also?: (made: readonly ThresholdRevision[]) => void,
  ): RevisionsMade;
}

type Approval = Pick<ThresholdRevision, 'approvedBy' | 'proposal'>;

/** A revision as its row has it: `document` is the number of the document's text. */
interface RevisionRow extends Omit<ThresholdRevision, 'document'> {
  readonly document: number;
}

/** Of a revision that is no temporary one and that nobody had to approve. */
export const FOR_GOOD = { untilMs: null, revertsTo: null, approvedBy: null, proposal: null };

const COLUMNS = `point, revision, document, author, at_ms AS atMs, reason, until_ms AS untilMs,
  reverts_to AS revertsTo, approved_by AS approvedBy, proposal`;

export function createRevisions(core: Core): { readonly revisions: Revisions; readonly writer: RevisionWriter } {
  const { database, memory, rows, definitions, trail, validate } = core;
  const insert = database.prepare(
    `INSERT INTO revision (point, revision, document, author, at_ms, reason, until_ms, reverts_to, approved_by, proposal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const readBefore = database.prepare(`
    SELECT ${COLUMNS} FROM revision
    WHERE point = ? AND revision < ? ORDER BY revision DESC LIMIT ?`);
  const readTemporary = database.prepare(`
    SELECT ${COLUMNS} FROM revision
    WHERE until_ms IS NOT NULL AND EXISTS (
      SELECT 1 FROM point WHERE point.id = revision.point AND point.revision = revision.revision
    ) ORDER BY until_ms, point`);

  const withDocument = (row: unknown): ThresholdRevision => {
    const revision = row as RevisionRow;
    return { ...revision, document: definitions.document(revision.document) };
  };

  /** Newest first, also of a point that is gone. */
  function list(point: string, limit: number, beforeRevision = Number.MAX_SAFE_INTEGER): ThresholdRevision[] {
    return readBefore.all(point, beforeRevision, limit).map(withDocument);
  }

  function present(point: string): ThresholdRevision {
    const nobody = { author: '', atMs: 0, reason: null, ...FOR_GOOD };
    return list(point, 1)[0] ?? { point, revision: 0, document: EMPTY_DOCUMENT, ...nobody };
  }

  function add(revision: ThresholdRevision): void {
    const { point, revision: number, author, atMs, reason, untilMs, revertsTo, approvedBy, proposal } = revision;
    const document = definitions.putBody(revision.document);
    insert.run(point, number, document, author, atMs, reason, untilMs, revertsTo, approvedBy, proposal);
  }

  function problemsOf(point: string, document: ThresholdDocument): readonly FieldProblem[] {
    const entry = memory.points.get(point);
    if (entry === undefined) return [{ path: [], code: 'unknown-point', values: { point } }];
    const definition = definitions.one(entry.definition);
    const unknown = ruleInconsistencies(Object.keys(definition.metrics), memory.points, document.rules);
    // Evaluation finds an unknown metric too; once is enough.
    const told = new Set(unknown.map(({ path }) => pointerOf(path)));
    const others = validate({ ...definition, revision: definition.revision + 1, document }).filter(
      ({ path }) => !told.has(pointerOf(path)),
    );
    return [...unknown, ...others];
  }

  function refusalOf({ point, expectedRevision, document }: DatedChange): ThresholdFailure | undefined {
    const entry = memory.points.get(point);
    if (entry === undefined) return { ok: false, error: 'unknown-point' };
    if (entry.revision !== expectedRevision) return { ok: false, error: 'lost-race', revision: entry.revision };
    const problems = problemsOf(point, document);
    return problems.length > 0 ? { ok: false, error: 'invalid', problems } : undefined;
  }

  function refusalsOf(changes: readonly DatedChange[]): PointFailure[] {
    return changes.flatMap((wanted) => {
      const failure = refusalOf(wanted);
      return failure === undefined ? [] : [{ point: wanted.point, ...failure }];
    });
  }

  /** Puts it into the database; what gives is put into memory when all of them are. */
  function write({ point, document, author, atMs, reason, untilMs = null }: DatedChange, approval: Approval) {
    const entry = memory.points.get(point) as PointEntry;
    const before = present(point);
    // What a temporary revision stands on is what comes back, also when another temporary one takes its place.
    const revertsTo = untilMs === null ? null : (before.revertsTo ?? before.revision);
    const number = entry.revision + 1;
    const { approvedBy, proposal } = approval;
    const made = { point, revision: number, document, author, atMs, reason, untilMs, revertsTo };
    const revision: ThresholdRevision = { ...made, approvedBy, proposal };
    add(revision);
    const body = definitions.putBody(document);
    const definition = definitions.put({ ...core.partsOf(entry), revision: number, document: body });
    rows.setThresholds(point, number, definition);
    const temporary = untilMs === null ? {} : { untilMs, revertsTo };
    const detail = { revision: number, reason, ...temporary, ...(approvedBy === null ? {} : { approvedBy, proposal }) };
    trail.add({ atMs, author, action: 'thresholds-changed', subject: point, detail });
    return { entry, revision, body, definition };
  }

  function make(
    changes: readonly DatedChange[],
    approval: Approval = FOR_GOOD,
    also: (made: readonly ThresholdRevision[]) => void = () => {},
  ): RevisionsMade {
    const written = core.change(() => {
      const all = changes.map((wanted) => write(wanted, approval));
      also(all.map(({ revision }) => revision));
      return all;
    });
    for (const { entry, revision, body, definition } of written) {
      entry.documentBody = body;
      entry.revision = revision.revision;
      entry.definition = definition;
    }
    return {
      ok: true,
      revisions: written.map(({ revision }) => revision),
      change: { definitions: written.map(({ definition }) => definition), retired: [] },
    };
  }

  function putAll(changes: readonly DatedChange[]): ThresholdsOutcome {
    const failures = refusalsOf(changes);
    return failures.length > 0 ? { ok: false, failures } : make(changes);
  }

  return {
    revisions: {
      thresholds: (point) => (memory.points.has(point) ? present(point) : undefined),
      thresholdProblems: problemsOf,
      revisions: list,
      revision(point, revision) {
        const found = list(point, 1, revision + 1)[0];
        return found?.revision === revision ? found : undefined;
      },
      temporaryRevisions: () => readTemporary.all().map(withDocument),
      putThresholds: (wanted) => refusalOf(wanted) ?? onlyOne(make([wanted])),
      putThresholdsAll: putAll,
    },
    writer: { present, add, refusalOf, refusalsOf, make },
  };
}

/** What was made of a change of one point. */
export function onlyOne(made: RevisionsMade): ThresholdOutcome {
  return { ok: true, revision: made.revisions[0] as ThresholdRevision, change: made.change };
}
