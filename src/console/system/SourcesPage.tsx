import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Switch from 'antd/es/switch';
import Table, { type ColumnsType } from 'antd/es/table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source } from '../../wire/calls/sources.ts';
import type { Given } from '../../wire/calls.ts';
import { asked, useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useProfiles } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow } from '../live/clock.ts';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { formatNumber, formatSpan } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { SourceDialog } from './SourceDialog.tsx';
import { StatusWord } from './StatusWord.tsx';
import { fieldsOfSettings, whereText } from './source-form.ts';
import css from './system.module.css';
import { troubleText } from './trouble-text.ts';

const REFRESH_MS = 3_000;

/** Where messages come from beside the devices that connect by themselves: set up, tried, changed and taken out. */
export default function SourcesPage() {
  const { t } = useTranslation();
  if (!useMay('engineer')) return <Empty title={t('user.needs', { role: t('user.role.engineer') })} />;
  return <Sources />;
}

function Sources() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { data, error, isPending, refetch } = useQuery({ ...asked('GET /sources'), refetchInterval: REFRESH_MS });
  const profiles = useProfiles();
  const { remove, switchOn, isBusy } = useSourceActs();
  const [edited, setEdited] = useState<Source | 'new' | null>(null);

  const profileName = (id: string | undefined) => {
    const found = profiles.data?.find((profile) => profile.id === id);
    return found === undefined ? (id ?? '–') : nameText(found.name);
  };
  const columns: ColumnsType<Source> = [
    {
      key: 'name',
      title: t('sources.name'),
      width: 190,
      className: 'wraps',
      render: (_, { name, settings }) => (
        <>
          <strong>{name}</strong>
          <br />
          <span className="soft">{t(`sources.presets.${fieldsOfSettings(name, settings).preset}`)}</span>
        </>
      ),
    },
    {
      key: 'where',
      title: t('sources.where'),
      className: 'wraps',
      render: (_, one) => (
        <>
          {whereText(one) || <code>/api/v1/push/{one.name}</code>}
          {one.settings.kind === 'feed' && <div className="soft">{one.settings.topics.join(' ')}</div>}
        </>
      ),
    },
    {
      key: 'profile',
      title: t('sources.profile'),
      width: 150,
      className: 'wraps',
      render: (_, { settings }) => profileName(settings.profile),
    },
    {
      key: 'state',
      title: t('sources.state'),
      width: 250,
      className: 'wraps',
      render: (_, one) => <State source={one} />,
    },
    {
      key: 'do',
      title: '',
      width: 210,
      align: 'right',
      render: (_, one) =>
        one.origin === 'configuration' ? (
          <span className="soft" title={t('sources.fromFileHelp')}>
            {t('sources.fromFile')}
          </span>
        ) : (
          <span className={css.sourceDeeds}>
            <Switch
              size="small"
              aria-label={t('sources.switchOn', { name: one.name })}
              checked={one.settings.isOn}
              disabled={isBusy}
              onChange={(isOn) => void switchOn(one, isOn)}
            />
            <Button size="small" onClick={() => setEdited(one)}>
              {t('sources.edit')}
            </Button>
            <Button size="small" onClick={() => remove(one)}>
              {t('sources.remove')}
            </Button>
          </span>
        ),
    },
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('sources.title')}</h1>
        <span className="soft">{t('sources.help')}</span>
        <Button type="primary" className="push" onClick={() => setEdited('new')}>
          {t('sources.add')}
        </Button>
      </div>
      {error !== null && data === undefined ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <div className="panel plain-table" data-testid="sources">
          <Table<Source>
            rowKey={({ name, origin, settings }) => `${origin} ${settings.kind} ${name}`}
            size="small"
            pagination={false}
            loading={isPending}
            columns={columns}
            dataSource={data?.items ?? []}
            scroll={{ x: 1_020 }}
            locale={{ emptyText: <Empty title={t('sources.none')} detail={t('sources.noneDetail')} /> }}
          />
        </div>
      )}
      {edited !== null && (
        <SourceDialog
          source={edited === 'new' ? null : edited}
          names={data?.items.map(({ name }) => name) ?? []}
          onClose={() => setEdited(null)}
        />
      )}
    </div>
  );
}

/** How a source fares: in a word, since when nothing came, and what is wrong. */
function State({ source }: { readonly source: Source }) {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const { settings, standing, isSecretLost, isShadowed } = source;
  if (isShadowed) return <span>{t('sources.shadowed')}</span>;
  if (isSecretLost) return <span role="alert">{t('sources.secretLost')}</span>;
  if (!settings.isOn || standing === null) return <span className="soft">{t('sources.off')}</span>;
  const { isUp, messages, lastMessageAt, trouble } = standing;
  return (
    <>
      <StatusWord status={isUp ? 'ok' : 'degraded'} word={t(isUp ? 'sources.up' : 'sources.down')} />
      <div className="soft">
        {t('sources.messages')} {formatNumber(messages)}
        {lastMessageAt !== null &&
          ` · ${t('system.source.ago', { time: formatSpan(Math.max(0, nowMs - lastMessageAt), t) })}`}
      </div>
      {trouble !== null && <div>{troubleText(trouble.words, t)}</div>}
    </>
  );
}

function useSourceActs() {
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);

  return {
    isBusy,
    async switchOn({ name, settings, revision }: Source, isOn: boolean) {
      setBusy(true);
      try {
        const sent = { ...settings, isOn } as Given<'PUT /sources/{name}'>['body']['settings'];
        await call('PUT /sources/{name}', { path: { name }, body: { revision: revision ?? 0, settings: sent } });
      } catch (error) {
        modal.error({ title: name, content: errorText(error) });
      }
      await stale('GET /sources', 'GET /system');
      setBusy(false);
    },
    remove({ name, revision }: Source) {
      modal.confirm({
        title: t('sources.removeAsk', { name }),
        content: t('sources.removeMeans'),
        okText: t('sources.remove'),
        okButtonProps: { danger: true },
        cancelText: t('action.cancel'),
        async onOk() {
          try {
            await call('DELETE /sources/{name}', { path: { name }, query: { revision: revision ?? 1 } });
          } catch (error) {
            modal.error({ title: name, content: errorText(error) });
          }
          await stale('GET /sources', 'GET /system');
        },
      });
    },
  };
}
