import { randomUUID } from 'node:crypto';
import type { Proposals, Thresholds } from '../../api/deps.ts';
import type {
  ProposalOutcome,
  SecondPersonNeeded,
  ThresholdChange,
  ThresholdFailures,
} from '../../model/threshold-change.ts';
import { DAY_MS } from '../../model/time.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { Proposals as ProposalBook } from '../../registry/proposals.ts';

export interface ReviewOptions {
  /** Whether a change that makes an orange or red level harder to reach needs a second person. */
  readonly required: boolean;
  readonly registry: ProposalBook;
  /** Changing thresholds without asking anybody. */
  readonly thresholds: Thresholds;
  /** Resolves once a change of the registry is in force. */
  readonly change: (change: RegistryChange) => Promise<void>;
  readonly nowMs: () => number;
  readonly stampMs: () => number;
}

/** A proposal that nobody has looked at for so long was not urgent, and the point has moved on. */
const PROPOSAL_LIFE_MS = 7 * DAY_MS;

/**
 * Thresholds as people may change them: what makes an orange or red level harder to reach becomes a proposal where the
 * site wants that, with everything that was asked for together with it, and a second person decides.
 */
export function createReview({ required, registry, thresholds, change, nowMs, stampMs }: ReviewOptions): {
  readonly thresholds: Thresholds;
  readonly proposals: Proposals;
} {
  /** What asks for a second person, made a proposal; undefined when nothing does. */
  function proposed(changes: readonly ThresholdChange[]): SecondPersonNeeded | ThresholdFailures | undefined {
    if (!required) return undefined;
    const items = changes.map(({ point, expectedRevision: revision, document, untilMs = null }) => {
      return { point, revision, document, untilMs, weakens: thresholds.weakenings(point, document) };
    });
    const [first] = changes;
    if (first === undefined || items.every(({ weakens }) => weakens.length === 0)) return undefined;
    const { author, reason } = first;
    if (reason === null) return { ok: false, error: 'reason-required' };
    const atMs = stampMs();
    const expiresMs = Math.min(
      atMs + PROPOSAL_LIFE_MS,
      ...items.map(({ untilMs }) => untilMs ?? Number.POSITIVE_INFINITY),
    );
    const outcome = registry.propose({ id: randomUUID(), author, atMs, reason, expiresMs, items });
    if (outcome.ok) return { ok: false, error: 'proposed', proposal: outcome.proposal };
    return { ok: false, error: 'failures', failures: outcome.failures };
  }

  return {
    thresholds: {
      ...thresholds,
      async put(wanted) {
        const instead = proposed([wanted]);
        if (instead === undefined) return thresholds.put(wanted);
        if (instead.error !== 'failures') return instead;
        const [failure] = instead.failures;
        if (failure === undefined) throw new Error('a proposal was refused without a reason');
        return failure;
      },
      schedule(wanted) {
        const isWatched = required && thresholds.weakenings(wanted.point, wanted.document).length > 0;
        return isWatched ? { ok: false, error: 'needs-approval' } : thresholds.schedule(wanted);
      },
      putAll: async (wanted) => proposed(wanted) ?? thresholds.putAll(wanted),
    },
    proposals: {
      required,
      list: ({ pendingOnly, before, limit }) =>
        registry.proposals({ pendingAtMs: pendingOnly ? nowMs() : undefined, before, limit }),
      get: (id) => registry.proposal(id),
      async approve(id, by, note): Promise<ProposalOutcome> {
        const outcome = registry.approve(id, { by, note, atMs: stampMs() });
        if (!outcome.ok) return outcome;
        await change(outcome.change);
        return { ok: true, proposal: outcome.proposal };
      },
      close: (id, how, by, note) => registry.closeProposal(id, how, { by, note, atMs: stampMs() }),
    },
  };
}
