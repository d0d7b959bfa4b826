import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { sentence } from '../alerts/describe.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive } from '../live/context.tsx';
import { pathTo } from '../ui/paths.ts';
import { useChime } from './context.tsx';
import { levelToRepeat, newsOf, REPEAT_MS } from './news.ts';
import { useSoundSettings } from './settings.ts';
import { hush, SAID_ONE_BY_ONE_MAX, say } from './speech.ts';

const TICK_MS = 1_000;

/** Makes new alerts heard: chime, spoken words, notification. Draws nothing. */
export function Announcer() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const live = useLive();
  const chime = useChime();
  const names = useNames();
  const nameText = useNameText();
  const [settings] = useSoundSettings();

  const announce = useRef((_news: readonly Alert[]) => {});
  announce.current = (news) => {
    const [worst] = news;
    if (worst === undefined) return;
    const language = i18n.language === 'en' ? 'en' : 'zh';
    const wordsOf = (alert: Alert) =>
      sentence(
        alert,
        {
          point: nameText(names.point(alert.point)),
          area: nameText(names.area(alert.area)),
          metric: nameText(names.metric(alert.point, alert.metric ?? '')),
        },
        t,
      );
    if (settings.sound) chime.play(worst.level, settings.volume);
    if (settings.sound && settings.speech) {
      if (news.length <= SAID_ONE_BY_ONE_MAX) for (const alert of news) say(wordsOf(alert), language, settings.volume);
      else {
        hush();
        say(`${t('sound.many', { count: news.length })} ${wordsOf(worst)}`, language, settings.volume);
      }
    }
    if (settings.notifications) notify(news, wordsOf, (alert) => void navigate(pathTo('alert', { id: alert.id })));
  };

  useEffect(() => live.onEvents((events) => announce.current(newsOf(events))), [live]);

  // The repeated chime follows what stands open, not what happened, so it survives reconnects and reloads.
  useEffect(() => {
    if (!settings.sound) {
      hush();
      return;
    }
    let lastMs = performance.now();
    const timer = setInterval(() => {
      const level = levelToRepeat(live.alerts.get().alerts);
      const everyMs = level === null ? undefined : REPEAT_MS[level];
      if (level === null || everyMs === undefined || performance.now() - lastMs < everyMs) return;
      lastMs = performance.now();
      chime.play(level, settings.volume);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [live, chime, settings.sound, settings.volume]);

  return null;
}

/** More notifications than this at once hide one another. */
const NOTIFIED_MAX = 3;

function notify(news: readonly Alert[], wordsOf: (alert: Alert) => string, open: (alert: Alert) => void): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  for (const alert of news.slice(0, NOTIFIED_MAX)) {
    const notification = new Notification(wordsOf(alert), {
      tag: alert.id,
      requireInteraction: alert.level === 'red' || alert.level === 'orange',
    });
    notification.onclick = () => {
      window.focus();
      open(alert);
      notification.close();
    };
  }
}
