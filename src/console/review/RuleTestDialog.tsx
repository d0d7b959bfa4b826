import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import Modal from 'antd/es/modal';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordedRuleTest } from '../../wire/analysis.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useMay } from '../session/context.tsx';
import { download } from '../ui/download.ts';
import { dateTime } from '../ui/format.ts';
import css from './rule-test.module.css';
import type { RuleTestSubject } from './rule-test-subject.ts';

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

export default function RuleTestDialog({ subject, onClose }: { subject: RuleTestSubject; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const [noteId, nameId] = [useId(), useId()];
  const mayKeep = useMay('engineer');
  const [note, setNote] = useState('');
  const [isKept, setKept] = useState(mayKeep);
  const [name, setName] = useState(() => nameFor(subject));
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<RecordedRuleTest | null>(null);
  const { point, fromMs, toMs, document } = subject;
  const isNameGood = !isKept || NAME.test(name);

  async function make() {
    setBusy(true);
    try {
      const body = {
        from: fromMs,
        to: toMs,
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        ...(document === undefined ? {} : { document }),
        ...(isKept ? { keep: name } : {}),
      };
      setMade(await call('POST /points/{id}/thresholds/rule-test', { path: { id: point }, body }));
    } catch (error) {
      message.error(errorText(error), 8);
    } finally {
      setBusy(false);
    }
  }

  const footer =
    made === null ? (
      <>
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="primary" loading={busy} disabled={!isNameGood} onClick={() => void make()}>
          {t('lesson.make')}
        </Button>
      </>
    ) : (
      <>
        <Button onClick={onClose}>{t('action.close')}</Button>
        <Button type="primary" onClick={() => download(made.file, made.text, 'application/yaml')}>
          {t('lesson.download')}
        </Button>
      </>
    );
  return (
    <Modal open title={t('lesson.title')} footer={footer} width={made === null ? 520 : 760} onCancel={onClose}>
      {made === null ? (
        <div className={css.ruleTestForm}>
          <p className="soft">{t('lesson.help')}</p>
          <p>
            {point} · {dateTime(fromMs).slice(0, 16)} – {dateTime(toMs).slice(0, 16)}
          </p>
          <label htmlFor={noteId}>{t('lesson.note')}</label>
          <Input.TextArea
            id={noteId}
            rows={3}
            maxLength={1_000}
            placeholder={t('lesson.noteHint')}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          <Checkbox checked={isKept} disabled={!mayKeep} onChange={(event) => setKept(event.target.checked)}>
            {t('lesson.keep')}
          </Checkbox>
          {isKept && (
            <>
              <label htmlFor={nameId}>
                {t('lesson.name')} <span className="faint">{t('lesson.nameRule')}</span>
              </label>
              <Input
                id={nameId}
                value={name}
                {...(isNameGood ? {} : { status: 'error' as const })}
                onChange={(event) => setName(event.target.value)}
              />
            </>
          )}
        </div>
      ) : (
        <div className={css.ruleTestForm}>
          <p>
            {made.kept !== null && `${t('lesson.kept', { name: made.kept })} · `}
            {t('lesson.samples', { count: made.samples })}
          </p>
          <h3>{t('lesson.outcome')}</h3>
          {made.log.length === 0 ? (
            <p>{t('lesson.nothing')}</p>
          ) : (
            <pre className={css.ruleTestLog}>{made.log.join('\n')}</pre>
          )}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
          <pre className={css.ruleTestText} tabIndex={0}>
            {made.text}
          </pre>
        </div>
      )}
    </Modal>
  );
}

function nameFor({ point, fromMs }: RuleTestSubject): string {
  const when = dateTime(fromMs).replace(/\D/g, '').slice(0, 12);
  const plain = point.replace(/[^\w.-]/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  return `${plain === '' ? 'point' : plain}-${when}`;
}
