import Button from 'antd/es/button';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDocument, stringify } from 'yaml';
import { thresholdDocumentSchema } from '../../../model/threshold.ts';
import { type Problem, problemText } from '../problem-words.ts';
import { useEditor } from './context.tsx';
import css from './editor.module.css';
import { check } from './problems.ts';

type Format = 'yaml' | 'json';

function textOf(document: unknown, format: Format): string {
  return format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document, { lineWidth: 0 });
}

/** What the text says. JSON is YAML as well; aliases that stand for too much, or nesting without end, are no text. */
function readText(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    const parsed = parseDocument(text);
    const [fault] = parsed.errors;
    return fault === undefined ? { value: parsed.toJS() } : { fault: fault.message };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

interface Props {
  /** Whether the text can be read as a document; only then is it the draft. */
  readonly onReadable: (isReadable: boolean) => void;
  /** The text is thrown away for the last draft that could be read. */
  readonly onGivenUp: () => void;
}

/** The whole document as text, for everything at once. What can be read becomes the draft while one types. */
export default function TextTab({ onReadable, onGivenUp }: Props) {
  const { t } = useTranslation();
  const { draft, change, readOnly, point } = useEditor();
  const id = useId();
  const [format, setFormat] = useState<Format>('yaml');
  const [text, setText] = useState(() => textOf(draft, 'yaml'));
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const written = useRef(draft);

  // A change from elsewhere, such as a limit that was dragged, is written down; what one types oneself stays as typed.
  useEffect(() => {
    if (draft === written.current) return;
    written.current = draft;
    setText(textOf(draft, format));
    setProblems([]);
    setUnreadable(null);
    onReadable(true);
  }, [draft, format, onReadable]);

  function put(next: string) {
    setText(next);
    const read = readText(next);
    if ('fault' in read) {
      setUnreadable(read.fault);
      setProblems([]);
      return onReadable(false);
    }
    const value = read.value ?? { rules: {} };
    const checked = check(value, Object.keys(point.metrics), undefined);
    setUnreadable(null);
    setProblems(checked.ok ? [] : checked.problems);
    const document = thresholdDocumentSchema.safeParse(value);
    onReadable(document.success);
    if (!document.success) return;
    written.current = document.data;
    change(() => document.data);
  }

  const hasProblem = unreadable !== null || problems.length > 0;
  return (
    <section className={`panel block ${css.textTab}`}>
      <div className="page-head">
        <label htmlFor={id}>{t('editor.textLabel')}</label>
        <span className="push" />
        <Segmented<Format>
          size="small"
          value={format}
          disabled={hasProblem}
          options={[
            { value: 'yaml', label: 'YAML' },
            { value: 'json', label: 'JSON' },
          ]}
          onChange={(next) => {
            setFormat(next);
            setText(textOf(draft, next));
          }}
        />
      </div>
      <Input.TextArea
        id={id}
        className={css.documentText}
        data-testid="document-text"
        spellCheck={false}
        readOnly={readOnly}
        status={hasProblem ? 'error' : ''}
        aria-invalid={hasProblem}
        aria-describedby={hasProblem ? `${id}-help` : undefined}
        rows={28}
        value={text}
        onChange={(event) => put(event.target.value)}
      />
      {hasProblem && (
        <ul id={`${id}-help`} className={css.textProblems} data-testid="text-problems">
          {unreadable !== null && (
            <li className={css.fieldProblem} data-testid="field-problem">
              {unreadable}
            </li>
          )}
          {problems.map((problem) => (
            <li key={`${problem.path} ${problem.message}`} className={css.fieldProblem} data-testid="field-problem">
              <code>{problem.path}</code> {problemText(problem, t)}
            </li>
          ))}
        </ul>
      )}
      {hasProblem && (
        <Button size="small" onClick={onGivenUp}>
          {t('editor.giveTextUp')}
        </Button>
      )}
    </section>
  );
}
