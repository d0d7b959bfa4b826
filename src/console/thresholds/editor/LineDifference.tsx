import { useMemo } from 'react';
import { stringify } from 'yaml';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { classes } from '../../ui/classes.ts';
import css from './editor.module.css';
import { lineDifference } from './line-difference.ts';

/** Two documents as text, line by line. */
export default function LineDifference({ before, after }: { before: ThresholdDocument; after: ThresholdDocument }) {
  const lines = useMemo(() => lineDifference(textOf(before), textOf(after)), [before, after]);
  return (
    <pre className={css.lineDifference}>
      {lines.map(({ sign, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, their place does not
        <span key={index} className={classes(sign === '+' && css.added, sign === '-' && css.removed)}>
          {`${sign} ${text}\n`}
        </span>
      ))}
    </pre>
  );
}

function textOf(document: ThresholdDocument): string {
  return stringify(document, { lineWidth: 0 }).trimEnd();
}
