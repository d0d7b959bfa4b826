import { useMemo } from 'react';
import { stringify } from 'yaml';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { lineDifference } from './line-difference.ts';

/** Two documents as text, line by line. */
export default function LineDifference({ before, after }: { before: ThresholdDocument; after: ThresholdDocument }) {
  const lines = useMemo(() => lineDifference(textOf(before), textOf(after)), [before, after]);
  return (
    <pre className="line-difference">
      {lines.map(({ sign, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, their place does not
        <span key={index} className={sign === '+' ? 'added' : sign === '-' ? 'removed' : 'same'}>
          {`${sign} ${text}\n`}
        </span>
      ))}
    </pre>
  );
}

function textOf(document: ThresholdDocument): string {
  return stringify(document, { lineWidth: 0 }).trimEnd();
}
