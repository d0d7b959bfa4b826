import type { Verdict } from './alert.ts';
import type { Level } from './level.ts';

/** Which alerts are meant, newest first by raise; `areas` names every one of them, `before` is where to go on. */
export interface AlertFilter {
  readonly state: 'active' | 'unacknowledged' | 'responding' | 'all';
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly areas?: readonly string[] | undefined;
  readonly level?: Level | undefined;
  /** The most severe level it has reached. */
  readonly peakLevel?: Level | undefined;
  readonly point?: string | undefined;
  /** What operators said of it; `none`: nothing yet. */
  readonly verdict?: Verdict | 'none' | undefined;
  readonly before?: { readonly raisedAt: number; readonly id: string } | undefined;
  readonly limit: number;
}
