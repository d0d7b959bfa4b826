import type { PlotArea } from './plot-area.ts';
import css from './time-marks.module.css';

/** Something that happened at a moment, such as another sensor that took over. */
export interface TimeMark {
  readonly atMs: number;
  /** A word beside the line. */
  readonly word: string;
  /** All of it, for who points at it. */
  readonly text: string;
}

interface Props {
  readonly area: PlotArea;
  readonly fromMs: number;
  readonly toMs: number;
  readonly marks: readonly TimeMark[];
}

/** Moments as lines over the plotting area, those that lie in it. */
export function TimeMarks({ area, fromMs, toMs, marks }: Props) {
  return marks.map(({ atMs, word, text }) => {
    const share = (atMs - fromMs) / (toMs - fromMs);
    if (!(share >= 0 && share <= 1)) return null;
    return (
      <div
        key={`${atMs} ${text}`}
        className={css.mark}
        data-testid="time-mark"
        role="img"
        title={text}
        aria-label={text}
        style={{ left: area.left + share * area.width, top: area.top, height: area.height }}
      >
        {/* Towards the middle, where there is room. */}
        <span className={share > 0.5 ? css.before : css.after}>{word}</span>
      </div>
    );
  });
}
