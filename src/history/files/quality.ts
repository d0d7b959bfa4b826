import { BAD, CLOCK_SKEW, LATE, type Marks } from '../../model/reading.ts';

const MARK_WORDS: readonly (readonly [Marks, string])[] = [
  [BAD, 'bad'],
  [CLOCK_SKEW, 'clock-skew'],
  [LATE, 'late'],
];

/** Marks in words: `good`, or all of them, separated by blanks, so that reading them back gives the same marks. */
export function qualityWords(marks: Marks): string {
  return WORDS[marks] ?? 'good';
}

const WORDS: readonly string[] = Array.from({ length: (BAD | CLOCK_SKEW | LATE) + 1 }, (_, marks) =>
  MARK_WORDS.filter(([mark]) => (marks & mark) !== 0)
    .map(([, word]) => word)
    .join(' '),
).map((words) => (words === '' ? 'good' : words));

/** What `qualityWords` was given; undefined when a word is none of its own. */
export function marksOfWords(quality: string): Marks | undefined {
  let marks = 0;
  for (const word of quality.split(' ')) {
    if (word === '' || word === 'good') continue;
    const mark = MARK_WORDS.find(([, name]) => name === word)?.[0];
    if (mark === undefined) return undefined;
    marks |= mark;
  }
  return marks;
}
