import Button from 'antd/es/button';
import Input from 'antd/es/input';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDocument, stringify } from 'yaml';
import type { Given } from '../../wire/calls.ts';
import { useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useMay } from '../session/context.tsx';
import { dateTime } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { useDeed } from '../ui/useDeed.ts';
import { EXAMPLE } from './example.ts';
import css from './notify.module.css';
import { type ShownSetup, useSetup } from './useSetup.ts';

/** The setup as text: to read, to change, to check, and to put in force. */
export function SetupPanel() {
  const { setup, error, retry } = useSetup();
  if (error !== null && setup === undefined) return <QueryError error={error} onRetry={retry} />;
  if (setup === undefined) return null;
  return <SetupText key={setup?.revision ?? 0} shown={setup} />;
}

function SetupText({ shown }: { readonly shown: ShownSetup | null }) {
  const { t } = useTranslation();
  const mayChange = useMay('engineer');
  const stale = useStale();
  const { isBusy, failure, setFailure, attempt } = useDeed();
  const [text, setText] = useState(() => stringify(shown?.setup ?? EXAMPLE));
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<{ readonly words: string; readonly warnings: ShownSetup['warnings'] }>();

  function put(dryRun: boolean): Promise<void> {
    setDone(undefined);
    const parsed = parseDocument(text);
    const [fault] = parsed.errors;
    if (fault !== undefined) {
      setFailure(t('notify.notYaml', { detail: fault.message }));
      return Promise.resolve();
    }
    // What was typed is checked by the server, which says everything that is wrong with it.
    const setup = parsed.toJS() as Given<'PUT /notify/setup'>['body']['setup'];
    const body = { revision: shown?.revision ?? 0, setup, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
    return attempt(
      async () => {
        const { revision, warnings } = await call('PUT /notify/setup', { query: { dryRun }, body });
        setDone({ words: dryRun ? t('notify.checked') : t('notify.applied', { revision }), warnings });
        if (!dryRun) await stale('GET /notify/setup', 'GET /notify/channels', 'GET /notify/duties');
      },
      (error) =>
        error instanceof ApiError && error.errors.length > 0 ? (
          <ul className={css.faults}>
            {error.errors.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                <code>{path}</code> {message}
              </li>
            ))}
          </ul>
        ) : undefined,
    );
  }

  return (
    <section className="panel block" data-testid="setup">
      <p className="soft">
        {t('notify.setupHelp')}{' '}
        {shown === null
          ? t('notify.setupNone')
          : t('notify.revision', { revision: shown.revision, author: shown.author, time: dateTime(shown.at) })}
      </p>
      <Input.TextArea
        className={css.text}
        aria-label={t('notify.setupText')}
        value={text}
        readOnly={!mayChange}
        spellCheck={false}
        rows={24}
        onChange={({ target }) => setText(target.value)}
      />
      {mayChange && (
        <div className={css.deeds}>
          <Input
            placeholder={t('notify.reasonFor')}
            aria-label={t('notify.reasonFor')}
            value={reason}
            maxLength={256}
            onChange={({ target }) => setReason(target.value)}
          />
          <Button loading={isBusy} onClick={() => void put(true)}>
            {t('notify.check')}
          </Button>
          <Button type="primary" loading={isBusy} onClick={() => void put(false)}>
            {t('notify.apply')}
          </Button>
        </div>
      )}
      {failure !== null && (
        <div role="alert" className={css.bad}>
          {failure}
        </div>
      )}
      {done !== undefined && (
        <output data-testid="setup-done">
          {done.words}
          {done.warnings.length > 0 && (
            <>
              {' '}
              {t('notify.warnings')}
              <ul className={css.faults}>
                {done.warnings.map(({ path, message }) => (
                  <li key={`${path} ${message}`}>
                    <code>{path}</code> {message}
                  </li>
                ))}
              </ul>
            </>
          )}
        </output>
      )}
    </section>
  );
}
