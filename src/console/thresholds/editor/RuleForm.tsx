import Checkbox from 'antd/es/checkbox';
import Collapse from 'antd/es/collapse';
import Input from 'antd/es/input';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemsOfIssues } from '../../../model/issue.ts';
import { idSchema } from '../../../model/names.ts';
import { pointerOf } from '../../../model/pointer.ts';
import { type Problem, problemOf, problemText } from '../problem-words.ts';
import { useEditor } from './context.tsx';
import { type Path, renameAt, ruleKind } from './draft.ts';
import css from './editor.module.css';
import { Messages } from './Field.tsx';
import { DurationField, MetricField } from './inputs.tsx';
import { NoDataForm, RangeForm, StuckForm, UnitField, VoteForm } from './KindForms.tsx';
import { LabelsForm } from './LabelsForm.tsx';
import { LevelsForm } from './LevelsForm.tsx';
import { RecoveryFields } from './RecoveryFields.tsx';
import { ScheduleForm } from './ScheduleForm.tsx';

/** Everything one rule says, in fields. */
export function RuleForm({ id, onRenamed }: { id: string; onRenamed: (id: string) => void }) {
  const { t } = useTranslation();
  const { draft, point, set, readOnly, problems } = useEditor();
  const rule = draft.rules[id];
  if (rule === undefined) return null;
  const path: Path = ['rules', id];
  const kind = ruleKind(rule);
  const info = rule.metric === undefined ? undefined : point.metrics[rule.metric];
  const own = info?.unit ?? '';
  const unit = rule.unit ?? own;
  const type = info?.type ?? 'number';
  const hasProblemBelow = (key: string) =>
    [...problems.keys()].some((place) => place.startsWith(pointerOf([...path, key])));
  const open = [
    ...(rule.schedule !== undefined || hasProblemBelow('schedule') ? ['schedule'] : []),
    ...(rule.labels !== undefined ? ['labels'] : []),
  ];
  return (
    <div className={css.ruleForm}>
      <div className={css.fields}>
        <RuleIdField id={id} onRenamed={onRenamed} />
        {kind !== 'vote' && kind !== 'noData' && (
          <MetricField path={[...path, 'metric']} label={t('editor.key.metric')} />
        )}
        {kind === 'noData' && (
          <MetricField path={[...path, 'metric']} label={t('editor.key.silentMetric')} required={false} />
        )}
        {(kind === 'levels' || kind === 'stuck') && type === 'number' && own !== '' && (
          <UnitField path={[...path, 'unit']} own={own} />
        )}
      </div>
      <Messages path={path} />
      {kind === 'levels' && (
        <>
          <LevelsForm path={[...path, 'levels']} rule={rule} unit={unit} type={type} />
          <fieldset className={css.ruleWide}>
            <legend>{t('editor.allLevels')}</legend>
            <div className={css.fields}>
              <DurationField path={[...path, 'for']} label={t('editor.key.for')} />
              {type === 'number' ? (
                <RecoveryFields path={path} unit={unit} />
              ) : (
                <DurationField path={[...path, 'recoverFor']} label={t('editor.key.recoverFor')} />
              )}
            </div>
          </fieldset>
        </>
      )}
      {kind === 'noData' && <NoDataForm path={path} />}
      {kind === 'stuck' && <StuckForm path={path} unit={unit} />}
      {kind === 'range' && <RangeForm path={path} rule={rule} unit={own} />}
      {kind === 'vote' && (
        <>
          <VoteForm path={path} />
          <div className={css.fields}>
            <DurationField path={[...path, 'for']} label={t('editor.key.for')} />
            <DurationField path={[...path, 'recoverFor']} label={t('editor.key.recoverFor')} />
          </div>
        </>
      )}
      <Checkbox
        disabled={readOnly}
        checked={rule.latch === true}
        onChange={({ target }) => set([...path, 'latch'], target.checked ? true : undefined)}
      >
        {t('editor.latch')}
      </Checkbox>
      <Collapse
        ghost
        size="small"
        defaultActiveKey={open}
        items={[
          ...(kind === 'levels'
            ? [
                {
                  key: 'schedule',
                  label: `${t('editor.schedule')}${rule.schedule === undefined ? '' : ` (${rule.schedule.length})`}`,
                  children: <ScheduleForm path={[...path, 'schedule']} rule={rule} unit={unit} type={type} />,
                },
              ]
            : []),
          {
            key: 'labels',
            label: `${t('editor.labels')}${rule.labels === undefined ? '' : ` (${Object.keys(rule.labels).length})`}`,
            children: <LabelsForm path={[...path, 'labels']} />,
          },
        ]}
      />
    </div>
  );
}

function idProblem(issues: Parameters<typeof problemsOfIssues>[0], text: string): Problem {
  const [problem] = text === '' ? [] : problemsOfIssues(issues, text);
  return problemOf(problem ?? { path: [], code: 'missing', values: { type: 'string' } });
}

/** The rule's id, renamed when the field is left: while one types it may be another rule's. */
function RuleIdField({ id, onRenamed }: { id: string; onRenamed: (id: string) => void }) {
  const { t } = useTranslation();
  const { draft, change, readOnly } = useEditor();
  const inputId = useId();
  const [text, setText] = useState(id);
  const parsed = idSchema.safeParse(text);
  const isTaken = text !== id && Object.hasOwn(draft.rules, text);
  const problem = isTaken
    ? t('editor.problem.taken')
    : parsed.success
      ? null
      : problemText(idProblem(parsed.error.issues, text), t);
  function rename() {
    if (text === id || problem !== null) return;
    change((before) => renameAt(before, ['rules'], id, text));
    onRenamed(text);
  }
  return (
    <div className={css.field}>
      <label htmlFor={inputId}>{t('editor.ruleId')}</label>
      <Input
        id={inputId}
        disabled={readOnly}
        status={problem === null ? '' : 'error'}
        value={text}
        maxLength={128}
        onChange={(event) => setText(event.target.value)}
        onBlur={rename}
        onPressEnter={rename}
      />
      {problem !== null && (
        <span className={css.fieldProblem} data-testid="field-problem">
          {problem}
        </span>
      )}
    </div>
  );
}
