import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import type { ColumnsType } from 'antd/es/table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ItemOf } from '../../../wire/calls.ts';
import { askedAll, useStale } from '../../api/asked.ts';
import { call } from '../../api/client.ts';
import { useNames } from '../../api/queries.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { useServerNow } from '../../live/clock.ts';
import { useMay } from '../../session/context.tsx';
import { Empty } from '../../ui/Empty.tsx';
import { dateTime } from '../../ui/format.ts';
import { QueryError } from '../../ui/QueryError.tsx';
import { TableBox } from '../../ui/TableBox.tsx';
import { usePageParams } from '../../ui/usePageParams.ts';
import { useRouteWords } from '../routes/useRouteWords.ts';
import { SilenceForm } from './SilenceForm.tsx';

type Silence = ItemOf<'GET /notify/silences'>;

const REFRESH_MS = 30_000;

/** What nobody is told of for a while, why and until when; to be made and to be ended. */
export function SilencesTab() {
  const { t } = useTranslation();
  const { message, modal } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const maySilence = useMay('operator');
  const { get, set } = usePageParams();
  const state = get('shown') === 'all' ? 'all' : 'current';
  const [isOpen, setIsOpen] = useState(false);
  const { data, error, isPending, refetch } = useQuery({
    ...askedAll('GET /notify/silences', { query: { state } }),
    refetchInterval: REFRESH_MS,
  });

  const end = (silence: Silence) =>
    modal.confirm({
      title: t('setup.silences.endTitle'),
      content: t('setup.silences.endHelp'),
      okText: t('setup.silences.end'),
      cancelText: t('action.cancel'),
      onOk: async () => {
        try {
          await call('DELETE /notify/silences/{id}', { path: { id: silence.id } });
          await stale('GET /notify/silences');
        } catch (failure) {
          message.error(errorText(failure), 8);
        }
      },
    });

  const columns = useSilenceColumns(end);
  return (
    <>
      <div className="page-head">
        <span className="soft">{t('setup.silences.help')}</span>
        <span className="push" />
        <Segmented
          value={state}
          onChange={(value) => set({ shown: value === 'all' ? value : null })}
          options={[
            { value: 'current', label: t('maintenance.current') },
            { value: 'all', label: t('point.all') },
          ]}
        />
        <Button type="primary" disabled={!maySilence} onClick={() => setIsOpen(true)}>
          {t('setup.silences.add')}
        </Button>
      </div>
      {error !== null && data === undefined ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<Silence>
          rowKey="id"
          columns={columns}
          dataSource={data ?? []}
          loading={isPending}
          minWidth={1_040}
          locale={{ emptyText: <Empty title={t('setup.silences.none')} /> }}
        />
      )}
      {isOpen && <SilenceForm onClose={() => setIsOpen(false)} />}
    </>
  );
}

function useSilenceColumns(onEnd: (silence: Silence) => void): ColumnsType<Silence> {
  const { t } = useTranslation();
  const words = useMatchWords();
  const nowMs = useServerNow();
  const maySilence = useMay('operator');
  const isOver = ({ to, endedAt }: Silence) => endedAt !== null || to <= nowMs;
  return [
    {
      key: 'what',
      title: t('setup.silences.what'),
      width: 300,
      className: 'wraps',
      render: (_, { match }) => words(match),
    },
    {
      key: 'when',
      title: t('maintenance.when'),
      width: 300,
      className: 'wraps',
      render: (_, silence) => (
        <span className={isOver(silence) ? 'faint' : undefined}>
          {dateTime(silence.from).slice(0, 16)} – {dateTime(silence.endedAt ?? silence.to).slice(0, 16)}
          {silence.endedBy !== null && ` ${t('maintenance.endedBy', { name: silence.endedBy })}`}
        </span>
      ),
    },
    { key: 'reason', title: t('device.reason'), width: 220, className: 'wraps', dataIndex: 'reason' },
    { key: 'by', title: t('admin.createdBy'), width: 110, className: 'wraps', dataIndex: 'by' },
    {
      key: 'do',
      title: '',
      width: 110,
      align: 'right',
      render: (_, silence) =>
        isOver(silence) ? null : (
          <Button size="small" disabled={!maySilence} onClick={() => onEnd(silence)}>
            {t('setup.silences.end')}
          </Button>
        ),
    },
  ];
}

/** What a silence takes; of red only when its levels say so. */
function useMatchWords(): (match: Silence['match']) => string {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const routeWords = useRouteWords();
  return ({ points, rules, ...match }) => {
    const isNarrow = Object.values(match).some((one) => one !== undefined);
    return [
      points?.map((id) => nameText(names.point(id))).join(t('setup.listed')),
      rules?.join(t('setup.listed')),
      isNarrow ? routeWords.match(match) : undefined,
      match.levels?.includes('red') === true ? t('setup.silences.withRed') : t('setup.silences.withoutRed'),
    ]
      .filter(Boolean)
      .join(t('setup.routes.and'));
  };
}
