import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asked, useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useMay } from '../session/context.tsx';
import { codeWords } from '../ui/code-words.ts';
import { dateTime, formatNumber } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { GuardCheckDialog, ReadDialog } from './CommandDialogs.tsx';
import css from './devices.module.css';
import type { CommandRecord, DeviceWithDefinition } from './types.ts';

const REFRESH_MS = 15_000;
/** Somebody waits for the answer. */
const REFRESH_WAITING_MS = 1_000;
const SHOWN = 10;

type Plain = 'set-time' | 'initialize';

/** What a device can be told over its own protocol, and what has come of what it was told; nothing where neither is. */
export function DeviceCommands({ device }: { readonly device: DeviceWithDefinition }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    ...asked('GET /devices/{id}/commands', { path: { id: device.id }, query: { limit: SHOWN } }),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ endedAt }) => endedAt === null) === true ? REFRESH_WAITING_MS : REFRESH_MS,
  });
  const [first] = data?.items ?? [];
  if (error === null && device.commands.length === 0 && first === undefined) return null;
  return (
    <section className="panel block" data-testid="device-commands">
      <h2>{t('commands.title')}</h2>
      {device.commands.length === 0 ? (
        <p className="soft">{t('commands.offline')}</p>
      ) : (
        <>
          <Buttons device={device} />
          <p className="soft">{t('commands.help')}</p>
        </>
      )}
      {error !== null && <QueryError error={error} onRetry={() => void refetch()} />}
      {data !== undefined && data.items.length > 0 && (
        <ol className={css.commands} aria-live="polite">
          {data.items.map((record) => (
            <Row key={record.number} record={record} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Buttons({ device: { id, commands, readable } }: { readonly device: DeviceWithDefinition }) {
  const { t } = useTranslation();
  const { message, modal } = AntApp.useApp();
  const errorText = useErrorText();
  const stale = useStale();
  const mayAsk = useMay('operator');
  const maySet = useMay('engineer');
  const [open, setOpen] = useState<'guard-check' | 'read' | null>(null);

  const given = async () => {
    setOpen(null);
    message.success(t('commands.given'));
    await stale('GET /devices/{id}/commands');
  };
  async function give(what: Plain) {
    try {
      await call(what === 'set-time' ? 'POST /devices/{id}/set-time' : 'POST /devices/{id}/initialize', {
        path: { id },
      });
      await given();
    } catch (failed) {
      modal.error({
        title: t(what === 'set-time' ? 'commands.setTime' : 'commands.initialize'),
        content: errorText(failed),
      });
    }
  }
  const askInitialize = () =>
    modal.confirm({
      title: t('commands.initializeAsk', { device: id }),
      content: t('commands.initializeMeans'),
      okText: t('commands.initialize'),
      okButtonProps: { danger: true },
      cancelText: t('action.cancel'),
      onOk: () => give('initialize'),
    });
  const needs = (may: boolean, role: 'operator' | 'engineer') =>
    may ? {} : { disabled: true, title: t('user.needs', { role: t(`user.role.${role}`) }) };
  return (
    <div className="row-buttons">
      {commands.includes('guard-check') && (
        <Button {...needs(mayAsk, 'operator')} onClick={() => setOpen('guard-check')}>
          {t('commands.guardCheck')}
        </Button>
      )}
      {commands.includes('read') && (
        <Button {...needs(mayAsk, 'operator')} onClick={() => setOpen('read')}>
          {t('commands.read')}
        </Button>
      )}
      {commands.includes('set-time') && (
        <Button {...needs(maySet, 'engineer')} onClick={() => void give('set-time')}>
          {t('commands.setTime')}
        </Button>
      )}
      {commands.includes('initialize') && (
        <Button danger {...needs(maySet, 'engineer')} onClick={() => void askInitialize()}>
          {t('commands.initialize')}
        </Button>
      )}
      {open === 'guard-check' && <GuardCheckDialog device={id} onGiven={given} onClose={() => setOpen(null)} />}
      {open === 'read' && (
        <ReadDialog
          device={id}
          readable={readable}
          hasPlaces={commands.includes('guard-check')}
          onGiven={given}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

function Row({ record }: { readonly record: CommandRecord }) {
  const { t } = useTranslation();
  const { at, author, state, endedAt, answers } = record;
  return (
    <li>
      <p>
        <strong>{nameOf(record, t)}</strong> <span className="badge">{codeWords(t, 'commands.state', state)}</span>
      </p>
      <p className="soft">
        <time>{dateTime(at)}</time> · {t('commands.by', { author })}
        {endedAt !== null && (
          <>
            {' → '}
            <time>{dateTime(endedAt)}</time>
          </>
        )}
      </p>
      {answers.map((answer, index) => (
        <p key={`${answer.place} ${answer.at} ${String(index)}`}>{answerText(answer, t)}</p>
      ))}
    </li>
  );
}

function nameOf({ command }: CommandRecord, t: TFunction): string {
  switch (command.kind) {
    case 'guard-check':
      return `${t('commands.guardCheck')} · ${t('commands.withinMinutes', { minutes: command.withinMinutes })}`;
    case 'set-time':
      return t('commands.setTime');
    case 'initialize':
      return t('commands.initialize');
    case 'read': {
      const what = codeWords(t, 'commands.what', command.what);
      return [t('commands.read'), what, ...(command.place === undefined ? [] : [command.place])].join(' · ');
    }
  }
}

/** What is so, and the figures; of states that are not so there are many in each answer. */
function answerText({ place, at, values }: CommandRecord['answers'][number], t: TFunction): string {
  const said = Object.entries(values).flatMap(([name, value]) => {
    const word = codeWords(t, 'commands.value', name.replace(/^transmitter_/, ''));
    if (value === false || value === null) return [];
    if (value === true) return [word];
    return [t('commands.figure', { name: word, value: typeof value === 'number' ? formatNumber(value) : value })];
  });
  const isState = Object.values(values).some((value) => typeof value === 'boolean');
  const isWell = isState && !Object.values(values).includes(true);
  return [
    ...(place === null ? [] : [place]),
    ...(isWell ? [t('commands.value.normal')] : []),
    ...said,
    ...(at === null ? [] : [dateTime(at)]),
  ].join(' · ');
}
