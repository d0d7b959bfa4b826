import Button from 'antd/es/button';
import Input from 'antd/es/input';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDocument, stringify } from 'yaml';
import { REASON_MAX } from '../../model/bounds.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import { useMay } from '../session/context.tsx';
import { dateTime } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { EXAMPLE } from './example.ts';
import css from './notify.module.css';
import { ExplainTool } from './routes/ExplainTool.tsx';
import { PreviewTool } from './routes/PreviewTool.tsx';
import { Findings } from './setup/Findings.tsx';
import { useSetupDeed } from './setup/useSetupDeed.tsx';
import { type ShownSetup, useSetup } from './useSetup.ts';

/** The setup as text: to read, to change, to check, to try, and to put in force. */
export function SetupPanel() {
  const { setup, error, retry } = useSetup();
  if (error !== null && setup === undefined) return <QueryError error={error} onRetry={retry} />;
  if (setup === undefined) return null;
  return <SetupText shown={setup} />;
}

/** What somebody has typed stays when the setup is changed by others meanwhile. */
function SetupText({ shown }: { readonly shown: ShownSetup | null }) {
  const { t } = useTranslation();
  const mayChange = useMay('engineer');
  // All of it is replaced, so whatever others have changed is the same.
  const { isBusy, failure, save } = useSetupDeed(() => []);
  const [text, setText] = useState(() => stringify(shown?.setup ?? EXAMPLE));
  const [reason, setReason] = useState('');
  const [unread, setUnread] = useState<string | null>(null);
  const [done, setDone] = useState<{ readonly words: string; readonly answer: ShownSetup }>();

  /** What was typed; the server checks it and says everything that is wrong. Undefined, and said, when it is no YAML. */
  function typed(): NotifySetup | undefined {
    const parsed = parseDocument(text);
    const [fault] = parsed.errors;
    setUnread(fault === undefined ? null : t('notify.notYaml', { detail: fault.message }));
    return fault === undefined ? (parsed.toJS() as NotifySetup) : undefined;
  }

  async function put(isTrial: boolean): Promise<void> {
    setDone(undefined);
    const setup = typed();
    if (setup === undefined) return;
    const answer = await save({ change: () => setup, reason, isTrial });
    if (answer === null) return;
    setDone({ words: isTrial ? t('notify.checked') : t('notify.applied', { revision: answer.revision }), answer });
    // From then on masks stand for secrets.
    if (!isTrial) setText(stringify(answer.setup));
  }

  return (
    <div className="stack">
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
              maxLength={REASON_MAX}
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
        {(unread ?? failure) !== null && (
          <div role="alert" className={css.bad}>
            {unread ?? failure}
          </div>
        )}
        {done !== undefined && (
          <output data-testid="setup-done">
            {done.words}
            {done.answer.warnings.length > 0 && (
              <>
                {' '}
                {t('notify.warnings')}
                <Findings findings={done.answer.warnings} setup={done.answer.setup} />
              </>
            )}
          </output>
        )}
      </section>
      <ExplainTool proposed={typed} />
      <PreviewTool proposed={typed} />
    </div>
  );
}
