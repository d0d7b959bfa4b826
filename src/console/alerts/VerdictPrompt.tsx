import Button from 'antd/es/button';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router-dom';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive } from '../live/context.tsx';
import { askedAfter, type Question } from '../review/asked.ts';
import { useGiveVerdict } from '../review/useGiveVerdict.ts';
import { VerdictButtons } from '../review/VerdictButtons.tsx';
import css from '../review/verdict.module.css';
import { useMay, useUser } from '../session/context.tsx';
import { LevelTag } from '../ui/LevelMark.tsx';
import { whatText } from './describe.ts';

/** Asks whoever closed an alert what it was, in a corner, for one click; it is in nobody's way and may be left alone. */
export function VerdictPrompt() {
  const { t } = useTranslation();
  const live = useLive();
  const names = useNames();
  const nameText = useNameText();
  const give = useGiveVerdict();
  const { username } = useUser();
  const mayAct = useMay('operator');
  const { pathname } = useLocation();
  const mine = useRef(new Set<string>());
  const [questions, setQuestions] = useState<readonly Question[]>([]);

  useEffect(
    () => live.onEvents((events) => setQuestions((before) => askedAfter(before, events, username, mine.current))),
    [live, username],
  );

  const question = questions.at(-1);
  const [alert] = question?.alerts ?? [];
  // An alert's own page asks by itself.
  if (!mayAct || question === undefined || alert === undefined || pathname.startsWith('/alerts/')) return null;
  const drop = () => setQuestions((before) => before.filter(({ key }) => key !== question.key));
  return (
    <aside className={`${css.verdictPrompt} panel`} data-testid="verdict-prompt" aria-label={t('verdict.title')}>
      <p className="soft">{t('verdict.ask')}</p>
      <p>
        <LevelTag level={alert.peak.level} hollow /> <strong>{nameText(names.point(alert.point))}</strong>{' '}
        {whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t)}
        {question.alerts.length > 1 && (
          <span className="faint"> {t('verdict.askMany', { count: question.alerts.length })}</span>
        )}
      </p>
      <div className={css.verdictRow}>
        <VerdictButtons
          value={undefined}
          onChoose={(verdict) => {
            drop();
            void give(question.alerts, verdict);
          }}
        />
        <Button size="small" type="text" onClick={drop}>
          {t('verdict.later')}
        </Button>
      </div>
    </aside>
  );
}
