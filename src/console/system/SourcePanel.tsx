import { useTranslation } from 'react-i18next';
import type { SourceStanding } from '../../wire/system.ts';
import { useServerNow } from '../live/clock.ts';
import { classes } from '../ui/classes.ts';
import { dateTime, formatNumber, formatSpan } from '../ui/format.ts';
import { Figures } from './Figures.tsx';
import { StatusWord } from './StatusWord.tsx';
import css from './system.module.css';
import { troubleText } from './trouble-text.ts';

/** How these are called where they are known by their standard. */
const STANDARDS: Readonly<Record<string, string>> = {
  gbt26875: 'GB/T 26875.3',
  hj212: 'HJ 212',
  sl651: 'SL 651',
  modbus: 'Modbus RTU',
};

/** A feed of another broker, a platform that pushes, or a listener of a line protocol. */
export function SourcePanel({ source }: { readonly source: SourceStanding }) {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const { kind, name, isUp, connections, connectedAt, messages, lastMessageAt, unread, trouble } = source;
  const ago = (ms: number | null) =>
    ms === null ? '–' : t('system.source.ago', { time: formatSpan(Math.max(0, nowMs - ms), t) });
  const figures: (readonly [name: string, value: string])[] = [
    [t('system.source.lastMessage'), ago(lastMessageAt)],
    [t('system.source.messages'), formatNumber(messages)],
  ];
  if (kind === 'feed') {
    figures.unshift([t('system.source.connectedSince'), connectedAt === null ? '–' : dateTime(connectedAt)]);
    figures.push([t('system.figure.unread'), formatNumber(unread)]);
  } else {
    figures.unshift([t('system.figure.connections'), formatNumber(connections)]);
  }
  return (
    <section className={classes('panel', 'block', css.check, !isUp && css.checkDegraded)} data-testid="source">
      <header>
        <h2>
          {kind === 'listener' ? (STANDARDS[name] ?? name) : name}{' '}
          <small className="faint">{t(`system.source.kind.${kind}`)}</small>
        </h2>
        <StatusWord status={isUp ? 'ok' : 'degraded'} />
      </header>
      {trouble !== null && (
        <p>
          {troubleText(trouble.words, t)} <span className="soft">{ago(trouble.at)}</span>
        </p>
      )}
      <Figures figures={figures} />
    </section>
  );
}
