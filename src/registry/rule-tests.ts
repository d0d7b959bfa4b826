import type { KeptRuleTest } from '../model/analysis.ts';
import type { Core } from './core.ts';

/** Rule tests kept from real history, by name. */
export interface RuleTests {
  ruleTests(): KeptRuleTest[];
  ruleTest(name: string): KeptRuleTest | undefined;
  /** False when there is one of this name. */
  keepRuleTest(test: KeptRuleTest): boolean;
  /** False when there is none. */
  removeRuleTest(name: string, author: string, atMs: number): boolean;
}

const COLUMNS = 'name, point, text, author, at_ms AS atMs';

export function createRuleTests({ database, trail, change }: Core): RuleTests {
  const readAll = database.prepare(`SELECT ${COLUMNS} FROM rule_test ORDER BY name`);
  const read = database.prepare(`SELECT ${COLUMNS} FROM rule_test WHERE name = ?`);
  const insert = database.prepare(
    'INSERT OR IGNORE INTO rule_test (name, point, text, author, at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const deleteOne = database.prepare('DELETE FROM rule_test WHERE name = ?');

  return {
    ruleTests: () => readAll.all() as unknown as KeptRuleTest[],
    ruleTest: (name) => read.get(name) as unknown as KeptRuleTest | undefined,
    keepRuleTest({ name, point, text, author, atMs }) {
      return change(() => {
        if (insert.run(name, point, text, author, atMs).changes === 0) return false;
        trail.add({ atMs, author, action: 'rule-test-kept', subject: name, detail: { point } });
        return true;
      });
    },
    removeRuleTest(name, author, atMs) {
      return change(() => {
        if (deleteOne.run(name).changes === 0) return false;
        trail.add({ atMs, author, action: 'rule-test-removed', subject: name, detail: {} });
        return true;
      });
    },
  };
}
