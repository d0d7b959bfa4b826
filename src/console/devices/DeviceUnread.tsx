import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { asked } from '../api/asked.ts';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { codeWords } from '../ui/code-words.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import css from './devices.module.css';
import { PayloadDialog } from './PayloadDialog.tsx';
import type { Quarantined } from './types.ts';

const REFRESH_MS = 15_000;
const SHOWN = 10;

/** What could not be read of a device, the newest first. */
export function DeviceUnread({ device }: { readonly device: string }) {
  const { t, i18n } = useTranslation();
  const [opened, setOpened] = useState<Quarantined | null>(null);
  const { data, error, refetch } = useQuery({
    ...asked('GET /quarantine', { query: { device, limit: SHOWN } }),
    refetchInterval: REFRESH_MS,
  });
  const reason = (code: string) => codeWords(t, 'quarantine', code);
  return (
    <section className="panel block" data-testid="device-unread">
      <div className="page-head">
        <h2>{t('device.tab.quarantine')}</h2>
        {data?.next != null && (
          <>
            <span className="push" />
            <Link to={pathTo('devices', { query: { tab: 'quarantine', q: device } })}>{t('devices.allUnread')}</Link>
          </>
        )}
      </div>
      {data !== undefined ? (
        data.items.length === 0 ? (
          <Empty title={t('device.noQuarantine')} />
        ) : (
          <ol className={css.unread}>
            {data.items.map((item) => (
              <li key={item.id}>
                <button type="button" className={css.linkButton} onClick={() => setOpened(item)}>
                  <time>{dateTime(item.receivedAt)}</time>
                </button>
                <strong>{reason(item.reason)}</strong>
                <span className="soft">{rejectionWords(item, i18n.language)}</span>
              </li>
            ))}
          </ol>
        )
      ) : error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <p className="soft">{t('app.loading')}</p>
      )}
      {opened !== null && (
        <PayloadDialog item={opened} reason={reason(opened.reason)} onClose={() => setOpened(null)} />
      )}
    </section>
  );
}
