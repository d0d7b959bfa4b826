import { useProposals } from './proposals.ts';

/** How many changes wait for approval, beside the word in the menu; nothing when none does. */
export function PendingCount() {
  const count = useProposals('pending').data?.items.length ?? 0;
  return count === 0 ? null : <span className="nav-count">{count}</span>;
}
