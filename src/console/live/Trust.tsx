import { useTranslation } from 'react-i18next';
import { codeWords } from '../ui/code-words.ts';
import { clockTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { useServerNow } from './clock.ts';
import { useLive, useStore, useTrust } from './context.tsx';

/** Whether the screen can be believed, and the server's clock beside it. */
export function TrustLamp() {
  const { t } = useTranslation();
  const { phase, staleSinceMs, clockOffsetMs } = useTrust();
  const nowMs = useServerNow();
  const word = staleSinceMs !== null ? 'stale' : phase === 'signed-out' ? 'stopped' : phase;
  return (
    <span className={`trust trust-${word}`}>
      <output className="trust-word" title={t('trust.title')}>
        <i aria-hidden="true" />
        {t(`trust.${word}`)}
      </output>
      <time className="trust-clock" title={t('trust.clock')}>
        {clockOffsetMs === null ? '--:--:--' : clockTime(nowMs)}
      </time>
    </span>
  );
}

export function StaleBanner() {
  const { t } = useTranslation();
  const { staleSinceMs } = useTrust();
  if (staleSinceMs === null) return null;
  return (
    <div className="stale" role="alert">
      <strong>{t('trust.banner', { time: clockTime(staleSinceMs) })}</strong>
      <span>{t('trust.bannerDetail')}</span>
    </div>
  );
}

/** Says that the server cannot write: devices get no acknowledgement, and nothing is recorded. */
export function NoticeBanner() {
  const { t } = useTranslation();
  const notices = useStore(useLive().notices);
  return notices.map(({ condition, detail }) => (
    <div key={condition} className="notice" role="alert">
      <LevelTag level="red" />
      <strong>{codeWords(t, 'system.condition', condition)}</strong>
      <span>{t('system.noticeDetail')}</span>
      <span className="soft">{detail}</span>
    </div>
  ));
}
