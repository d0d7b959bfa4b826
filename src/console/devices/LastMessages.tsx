import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { WatchedMessage } from '../../wire/devices.ts';
import { asked } from '../api/asked.ts';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { useMay } from '../session/context.tsx';
import { classes } from '../ui/classes.ts';
import { Empty } from '../ui/Empty.tsx';
import { clockTime, dateTime } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import css from './devices.module.css';
import { shownText } from './hex.ts';
import { ReadingsRead } from './ReadingsRead.tsx';
import type { Profile } from './useProfiles.ts';

const REFRESH_MS = 3_000;

interface Props {
  readonly device: string;
  readonly profile: Profile | undefined;
}

/** The messages of a device since somebody looks at it, beside what was read of each; looking is what has them kept. */
export function LastMessages({ device, profile }: Props) {
  const { t } = useTranslation();
  const may = useMay('engineer');
  const { data, error, refetch } = useQuery({
    ...asked('GET /devices/{id}/messages', { path: { id: device } }),
    refetchInterval: REFRESH_MS,
    enabled: may,
  });
  return (
    <section className="panel block" data-testid="last-messages">
      <h2>{t('devices.messages')}</h2>
      {!may ? (
        <p className="soft">{t('user.needs', { role: t('user.role.engineer') })}</p>
      ) : data !== undefined ? (
        <>
          <p className="soft">{t('devices.messagesHelp', { time: clockTime(data.since) })}</p>
          {data.messages.length === 0 ? (
            <Empty title={t('devices.noMessages')} detail={t('devices.noMessagesDetail')} />
          ) : (
            <ol className={css.messages}>
              {data.messages.map((message) => (
                <Message key={message.number} message={message} profile={profile} />
              ))}
            </ol>
          )}
        </>
      ) : error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <p className="soft">{t('app.loading')}</p>
      )}
    </section>
  );
}

function Message({ message, profile }: { readonly message: WatchedMessage; readonly profile: Profile | undefined }) {
  const { t, i18n } = useTranslation();
  const { receivedAt, topic, format, payload, payloadBase64, payloadBytes, readings, waiting, rejection } = message;
  const shown = shownText(message);
  const shownBytes = payloadBase64 === null ? new TextEncoder().encode(payload).length : atob(payloadBase64).length;
  return (
    <li>
      <p className={css.messageHead}>
        <time title={dateTime(receivedAt)}>{clockTime(receivedAt)}</time>
        <code>{topic}</code>
        <span className="soft">
          {t('devices.format', { format })} · {t('device.bytes', { count: payloadBytes })}
          {shownBytes < payloadBytes && ` · ${t('device.cut')}`}
        </span>
      </p>
      <div className={css.messageParts}>
        <div>
          <pre className={classes('payload', css.bytes)}>{shown}</pre>
          {shown !== payload && <p className="soft">{t('devices.inHex')}</p>}
        </div>
        <div>
          <ReadingsRead {...message} profile={profile} />
          {waiting && <p className="soft">{t('devices.waiting')}</p>}
          {rejection !== null && (
            <p>
              {t('trial.unread')}
              {rejectionWords(rejection, i18n.language)}
            </p>
          )}
          {readings.length === 0 && !waiting && rejection === null && <p className="soft">{t('devices.noReadings')}</p>}
        </div>
      </div>
    </li>
  );
}
