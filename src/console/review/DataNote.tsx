import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ThresholdPreview } from '../../model/preview.ts';
import { dateTime, formatSpan } from '../ui/format.ts';
import css from './data-note.module.css';

/** A period told of by less than this is said to be. */
const WHOLE = 0.9;
/** More stretches of another interval than these say no more. */
const SLOWER_SHOWN_MAX = 3;

/** What the judgement rests on, above all when that is little, or comes more seldom than it would live. */
export function DataNote({ preview }: { preview: ThresholdPreview }) {
  const { t } = useTranslation();
  const { data, from, to } = preview;
  if (data.readings === 0) return <p className={css.note}>{t('editor.noData')}</p>;
  const covered = formatSpan(data.covered * (to - from), t);
  return (
    <>
      {data.judges === 'nothing' && (
        <p className={css.note}>{t('editor.tooFew', { count: data.readings, time: covered })}</p>
      )}
      {data.slower.length > 0 && <p className={css.note}>{intervalWords(preview, t)}</p>}
      <p className={`faint ${css.note}`}>
        {t('editor.restsOn', { count: data.readings, from: dateTime(data.first ?? from) })}
        {data.judges !== 'nothing' && data.covered < WHOLE && ` ${t('editor.covers', { time: covered })}`}
        {data.bad > 0 && ` ${t('editor.badLeftOut', { count: data.bad })}`}
        {data.late > 0 && ` ${t('editor.lateLeftOut', { count: data.late })}`}
      </p>
    </>
  );
}

/** By which intervals silence was judged, and what they are too long for. */
function intervalWords({ data }: ThresholdPreview, t: TFunction): string {
  const profile = formatSpan(data.reportEvery, t);
  const [only] = data.slower;
  const isWhole = data.slower.length === 1 && only?.from === data.first && only?.to === data.last;
  const words = data.slower.slice(-SLOWER_SHOWN_MAX).map(({ from, to, interval }) => {
    const values = { from: dateTime(from), to: dateTime(to), interval: formatSpan(interval, t), profile };
    return t(isWhole ? 'editor.slower' : 'editor.slowerFor', values);
  });
  if (data.coarse.length > 0) words.push(t('editor.coarse', { rules: data.coarse.join(', ') }));
  return words.join(' ');
}
