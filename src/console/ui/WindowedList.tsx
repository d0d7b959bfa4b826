// biome-ignore-all lint/a11y/useSemanticElements: a table cannot show a window of its rows; ARIA's grid is made for it.
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { classes } from './classes.ts';
import css from './windowed.module.css';

export interface WindowedListHandle {
  /** Brings the row into view if it is not. */
  reveal(index: number): void;
}

interface Props {
  readonly count: number;
  readonly rowHeight: number;
  readonly render: (index: number) => ReactNode;
  readonly label: string;
  readonly className?: string;
  readonly handle?: Ref<WindowedListHandle>;
}

/** Rows drawn above and below the visible ones, so that a turn of the wheel shows no blank. */
const OVERSCAN = 6;

/** A grid of rows of one height of which only the visible ones exist, so that 5,000 cost as much as 30. */
export function WindowedList({ count, rowHeight, render, label, className = '', handle }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // A list that became shorter under a scrolled view would otherwise show its blank end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new count is what makes it measure again.
  useEffect(() => {
    const element = box.current;
    if (element !== null) setView({ top: element.scrollTop, height: element.clientHeight });
  }, [count]);

  useImperativeHandle(handle, () => ({
    reveal(index) {
      const element = box.current;
      if (element === null) return;
      const top = index * rowHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + rowHeight - element.clientHeight;
      }
    },
  }));

  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  const rows: ReactNode[] = [];
  for (let index = first; index < last; index++) rows.push(render(index));

  return (
    <div
      ref={box}
      className={classes(css.windowed, className)}
      data-part="windowed"
      role="grid"
      aria-label={label}
      aria-rowcount={count}
      tabIndex={count === 0 ? 0 : -1}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <div role="presentation" className={css.windowedAll} style={{ height: count * rowHeight }}>
        <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
