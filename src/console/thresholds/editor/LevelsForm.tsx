import Button from 'antd/es/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Level } from '../../../model/level.ts';
import { pointerOf } from '../../../model/pointer.ts';
import type { LevelRule, Levels } from '../../../model/threshold.ts';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../../ui/order.ts';
import { CriterionForm, type RuleMeasure } from './CriterionForm.tsx';
import { useEditor } from './context.tsx';
import { getAt, type Path } from './draft.ts';
import css from './editor.module.css';
import { Messages } from './Field.tsx';
import { DurationField, WordsField } from './inputs.tsx';
import { RecoveryFields } from './RecoveryFields.tsx';

interface Props extends RuleMeasure {
  /** Of the levels: a rule's own, or those of an entry of its schedule. */
  readonly path: Path;
}

/** The levels of a rule, most severe first, and buttons for those it does not have. */
export function LevelsForm({ path, ...measure }: Props) {
  const { t } = useTranslation();
  const { draft, set, readOnly } = useEditor();
  const levels = getAt<Levels>(draft, path) ?? {};
  const missing = LEVELS_DOWN.filter((level) => levels[level] === undefined);
  return (
    <div className={css.levels}>
      {LEVELS_DOWN.filter((level) => levels[level] !== undefined).map((level) => (
        <LevelForm key={level} path={[...path, level]} level={level} {...measure} />
      ))}
      <Messages path={path} />
      {!readOnly && missing.length > 0 && (
        <div className={css.addLevels} data-testid="add-levels">
          <span className="soft">{t('editor.addLevel')}</span>
          {missing.map((level) => (
            <Button
              key={level}
              size="small"
              onClick={() => set([...path, level], measure.type === 'number' ? { above: null } : { equals: null })}
            >
              <LevelTag level={level} hollow />
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

const OWN_KEYS = ['deadband', 'recover', 'recoverFor', 'label'] as const;

function LevelForm({ path, level, ...measure }: Props & { readonly level: Level }) {
  const { t } = useTranslation();
  const { draft, set, readOnly, problems } = useEditor();
  const own = getAt<LevelRule>(draft, path) ?? {};
  const hasOwn = OWN_KEYS.some((key) => own[key] !== undefined || problems.has(pointerOf([...path, key])));
  const [isOpen, setOpen] = useState(false);
  const showsMore = isOpen || hasOwn;
  return (
    <section className={css.levelForm} aria-label={t(`level.long.${level}`)}>
      <div className={css.levelFormHead}>
        <LevelTag level={level} />
      </div>
      <div className={css.levelFormBody}>
        <CriterionForm path={path} {...measure}>
          <DurationField path={[...path, 'for']} label={t('editor.key.for')} />
        </CriterionForm>
        {showsMore && (
          <div className={css.fields}>
            {measure.type === 'number' ? (
              <RecoveryFields path={path} unit={measure.unit} />
            ) : (
              <DurationField path={[...path, 'recoverFor']} label={t('editor.key.recoverFor')} />
            )}
            <WordsField path={[...path, 'label']} label={t('editor.key.label')} />
          </div>
        )}
      </div>
      {!readOnly && (
        <div className={css.levelButtons}>
          {!showsMore && (
            <Button
              size="small"
              type="text"
              title={t('editor.moreOfLevel')}
              aria-label={`${t(`level.long.${level}`)}: ${t('editor.moreOfLevel')}`}
              onClick={() => setOpen(true)}
            >
              …
            </Button>
          )}
          <Button
            size="small"
            type="text"
            aria-label={t('editor.removeLevel', { level: t(`level.long.${level}`) })}
            onClick={() => set(path, undefined)}
          >
            ×
          </Button>
        </div>
      )}
    </section>
  );
}
