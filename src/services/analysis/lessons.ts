import { ruleTestFileSchema, runRuleTest } from '../../evaluate/rule-test.ts';
import { checkShape, parseStructured } from '../../lib/structured-file.ts';
import type { PointDefinition } from '../../model/definition.ts';
import type { Lesson } from '../../model/preview.ts';
import type { KeptLesson } from './analysis-protocol.ts';

/** Differences told of one lesson; whoever wants all of them runs `brink check`. */
const FAILURES_MAX = 5;

/** Runs rule tests that were kept of a point under a document of it. */
export function runLessons(lessons: readonly KeptLesson[], definition: PointDefinition): Lesson[] {
  return lessons.flatMap(({ name, text }): Lesson[] => {
    const read = parseStructured(name, text);
    const checked = 'problems' in read ? read : checkShape(read.parsed, [], read.parsed.value, ruleTestFileSchema);
    if ('problems' in checked) {
      const failures = checked.problems.map(({ expected, found }) => ({ at: null, expected, found }));
      return [{ name, title: name, failures: failures.slice(0, FAILURES_MAX) }];
    }
    return checked.value.map((test): Lesson => {
      const failures = runRuleTest(test, definition).map(({ at = null, expected, found }) => ({ at, expected, found }));
      return { name, title: test.name, failures: failures.slice(0, FAILURES_MAX) };
    });
  });
}
