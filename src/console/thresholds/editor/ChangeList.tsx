import { useTranslation } from 'react-i18next';
import { differencesOf, type ValueChange } from '../../../model/difference.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { Point } from '../../api/types.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { changeWords, metricNaming } from './change-words.ts';
import css from './editor.module.css';

interface Props {
  readonly point: Point;
  readonly before: ThresholdDocument;
  readonly after: ThresholdDocument;
}

/** What lies between two documents, place by place, in words. */
export function ChangeList({ point, before, after }: Props) {
  const { t } = useTranslation();
  const changes = differencesOf(before, after);
  if (changes.length === 0) return <p className="soft">{t('editor.noChange')}</p>;
  return (
    <ul className={css.changeList} data-testid="change-list">
      {changes.map((change) => (
        <ChangeLine key={change.path} point={point} change={change} before={before} after={after} />
      ))}
    </ul>
  );
}

function ChangeLine({ point, change, before, after }: Props & { readonly change: ValueChange }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const words = changeWords(change, { before, after }, { metric: metricNaming(point.metrics, nameText), t });
  return (
    <li>
      <span className={css.changePlace}>
        {words.level !== null && <LevelTag level={words.level} hollow />} {words.place}
      </span>
      <span className={css.changeValues}>
        {words.before === null ? <em className="faint">{t('editor.nothing')}</em> : <del>{words.before}</del>}
        <span aria-hidden="true"> → </span>
        {words.after === null ? <em className="faint">{t('editor.nothing')}</em> : <ins>{words.after}</ins>}
      </span>
    </li>
  );
}
