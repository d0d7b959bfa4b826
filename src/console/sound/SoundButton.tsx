import Button from 'antd/es/button';
import Popover from 'antd/es/popover';
import Slider from 'antd/es/slider';
import Switch from 'antd/es/switch';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from '../live/context.tsx';
import { classes } from '../ui/classes.ts';
import { LEVELS_DOWN } from '../ui/order.ts';
import { useChime } from './context.tsx';
import { useSoundSettings } from './settings.ts';
import css from './sound.module.css';
import { say, speechAvailable } from './speech.ts';

/** Pause between two levels of the test, ms: the longest figure and a breath. */
const TEST_STEP_MS = 1_300;

/** Whether alerts can be heard, always in sight; and the place to change and try it. */
export function SoundButton() {
  const { t } = useTranslation();
  const state = useStore(useChime().state);
  const [settings] = useSoundSettings();
  const word = !settings.sound ? 'off' : state;
  return (
    <Popover trigger="click" placement="bottomRight" content={<SoundPanel />}>
      <button
        type="button"
        className={classes('bar-button', css.sound, word !== 'ready' && css.soundSilent)}
        data-testid="sound"
      >
        <svg
          width="16"
          height="16"
          viewBox="0 0 24 24"
          aria-hidden="true"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
        >
          <path d="M4 9v6h4l5 4V5L8 9z" fill="currentColor" />
          {word === 'ready' ? <path d="M16 8a5 5 0 0 1 0 8M18.5 5.5a9 9 0 0 1 0 13" /> : <path d="m16 9 6 6m0-6-6 6" />}
        </svg>
        <span>{t(`sound.state.${word}`)}</span>
      </button>
    </Popover>
  );
}

function SoundPanel() {
  const { t, i18n } = useTranslation();
  const id = useId();
  const chime = useChime();
  const state = useStore(chime.state);
  const [settings, setSettings] = useSoundSettings();
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'missing'));

  function test() {
    chime.unlock();
    LEVELS_DOWN.forEach((level, index) => {
      setTimeout(() => chime.play(level, settings.volume), index * TEST_STEP_MS + 100);
    });
    if (settings.speech) {
      setTimeout(
        () => say(t('sound.testWords'), i18n.language === 'en' ? 'en' : 'zh', settings.volume),
        LEVELS_DOWN.length * TEST_STEP_MS,
      );
    }
  }

  async function setNotifications(on: boolean) {
    if (on && permission === 'default') {
      const answer = await Notification.requestPermission();
      setPermission(answer);
      if (answer !== 'granted') return;
    }
    setSettings({ ...settings, notifications: on });
  }

  const notificationWhy =
    permission === 'missing' ? t('sound.needsHttps') : permission === 'denied' ? t('sound.denied') : null;
  return (
    <div className={css.soundPanel}>
      <label htmlFor={`${id}-sound`}>{t('sound.chime')}</label>
      <Switch
        id={`${id}-sound`}
        size="small"
        checked={settings.sound}
        onChange={(sound) => setSettings({ ...settings, sound })}
      />
      <label htmlFor={`${id}-speech`}>{t('sound.speech')}</label>
      <Switch
        id={`${id}-speech`}
        size="small"
        checked={settings.speech && speechAvailable()}
        disabled={!settings.sound || !speechAvailable()}
        onChange={(speech) => setSettings({ ...settings, speech })}
      />
      <label htmlFor={`${id}-notify`}>{t('sound.notifications')}</label>
      <Switch
        id={`${id}-notify`}
        size="small"
        checked={settings.notifications && permission === 'granted'}
        disabled={notificationWhy !== null}
        onChange={(on) => void setNotifications(on)}
      />
      {notificationWhy !== null && <p className="faint">{notificationWhy}</p>}
      <span id={`${id}-volume`}>{t('sound.volume')}</span>
      <Slider
        min={0.1}
        max={1}
        step={0.1}
        value={settings.volume}
        ariaLabelledByForHandle={`${id}-volume`}
        tooltip={{ formatter: (value) => `${Math.round((value ?? 0) * 100)} %` }}
        onChange={(volume) => setSettings({ ...settings, volume })}
      />
      {state === 'blocked' && <p className="faint">{t('sound.blockedHelp')}</p>}
      <p className="faint">{t('sound.repeatHelp')}</p>
      <Button block disabled={!settings.sound} onClick={test}>
        {t('sound.test')}
      </Button>
    </div>
  );
}
