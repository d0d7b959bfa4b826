import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isOneOf } from '../../../model/own.ts';
import { pointerOf } from '../../../model/pointer.ts';
import { RULE_KINDS, type Rule, type RuleKind, ruleSchema } from '../../../model/threshold.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { classes } from '../../ui/classes.ts';
import { RuleLines, ruleTitle } from '../ThresholdWords.tsx';
import thresholdWordsCss from '../threshold-words.module.css';
import { useEditor } from './context.tsx';
import { freeId, newRule, setAt } from './draft.ts';
import editorCss from './editor.module.css';
import { RuleForm } from './RuleForm.tsx';

interface Props {
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

/** The rules of the document in words; the chosen one in fields. */
export function RuleList({ chosen, onChoose }: Props) {
  const { draft, readOnly } = useEditor();
  return (
    <>
      <ul className={editorCss.ruleList} data-testid="rule-list">
        {Object.entries(draft.rules).map(([id, rule]) => (
          <li key={id}>
            <RuleCard
              id={id}
              rule={rule}
              isOpen={id === chosen}
              onToggle={() => onChoose(id === chosen ? null : id)}
              onRenamed={onChoose}
              onRemoved={() => onChoose(null)}
            />
          </li>
        ))}
      </ul>
      {!readOnly && <AddRule onAdded={onChoose} />}
    </>
  );
}

interface CardProps {
  readonly id: string;
  readonly rule: Rule;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onRenamed: (id: string) => void;
  readonly onRemoved: () => void;
}

function RuleCard({ id, rule, isOpen, onToggle, onRenamed, onRemoved }: CardProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { point, set, readOnly, problems, changed, deviations } = useEditor();
  // What is not all there cannot be said in words.
  const isComplete = useMemo(() => ruleSchema.safeParse(rule).success, [rule]);
  const pointer = pointerOf(['rules', id]);
  const below = (places: Iterable<string>) =>
    [...places].filter((place) => place === pointer || place.startsWith(`${pointer}/`)).length;
  const problemCount = below(problems.keys());
  return (
    <section className={classes(editorCss.ruleCard, 'panel', isOpen && editorCss.open)} aria-label={id}>
      <div className={editorCss.ruleCardHead}>
        <button type="button" className={editorCss.ruleToggle} aria-expanded={isOpen} onClick={onToggle}>
          <span className={editorCss.ruleArrow} aria-hidden="true">
            {isOpen ? '▾' : '▸'}
          </span>
          <strong>{ruleTitle(id, rule, point, nameText)}</strong>
          <small className="faint">{id}</small>
        </button>
        {problemCount > 0 && (
          <span className={`badge ${editorCss.problem}`}>{t('editor.problems', { count: problemCount })}</span>
        )}
        {below(changed) > 0 && <span className="badge strong">{t('editor.changed')}</span>}
        {below(deviations.keys()) > 0 && <span className="badge">{t('editor.deviates')}</span>}
        {!readOnly && (
          <Button
            size="small"
            type="text"
            aria-label={t('editor.removeRule', { id })}
            onClick={() => {
              set(['rules', id], undefined);
              onRemoved();
            }}
          >
            ×
          </Button>
        )}
      </div>
      {isOpen ? (
        <RuleForm key={id} id={id} onRenamed={onRenamed} />
      ) : (
        <div className={thresholdWordsCss.thresholdWords} data-part="threshold-words">
          {isComplete ? <RuleLines rule={rule} point={point} /> : <p className="soft">{t('editor.unfinished')}</p>}
        </div>
      )}
    </section>
  );
}

function AddRule({ onAdded }: { onAdded: (id: string) => void }) {
  const { t } = useTranslation();
  const { draft, point, change } = useEditor();
  function add(kind: RuleKind) {
    const metric = Object.keys(point.metrics)[0] ?? '';
    const id = freeId(draft, kind === 'levels' ? metric : kind);
    const isNumber = point.metrics[metric]?.type === 'number';
    const rule = newRule(kind, metric, point.id);
    const fitting = kind === 'levels' && !isNumber ? setAt(rule, ['levels', 'yellow'], { equals: null }) : rule;
    change((before) => setAt(before, ['rules', id], fitting));
    onAdded(id);
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: RULE_KINDS.map((kind) => ({ key: kind, label: t(`editor.ruleKind.${kind}`) })),
        onClick: ({ key }) => isOneOf(RULE_KINDS, key) && add(key),
      }}
    >
      <Button>{t('editor.addRule')}</Button>
    </Dropdown>
  );
}
