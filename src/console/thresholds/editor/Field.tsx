import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { pointerOf, stepsOf } from '../../../model/pointer.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { classes } from '../../ui/classes.ts';
import { problemText } from '../problem-words.ts';
import { metricNaming, shortWords } from './change-words.ts';
import { useEditor } from './context.tsx';
import type { Path } from './draft.ts';
import css from './editor.module.css';

/** The id of the input of a field, so that a list of problems can lead to it. */
export function fieldId(pointer: string): string {
  return `field${pointer}`;
}

/** What a control needs to be tied to its label and its messages. */
export interface Tied {
  readonly id: string;
  readonly status: '' | 'error';
  readonly disabled: boolean;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string | undefined;
}

interface Props {
  readonly path: Path;
  readonly label: string;
  readonly children: (tied: Tied) => ReactNode;
  /** Problems and changes of what lies below the path are said here too. */
  readonly deep?: boolean;
  readonly wide?: boolean;
}

/** A labelled control with what is wrong with it, and what the template says, beside it. */
export function Field({ path, label, children, deep = false, wide = false }: Props) {
  const { t } = useTranslation();
  const { readOnly, changed } = useEditor();
  const pointer = pointerOf(path);
  const messages = useMessages(pointer, deep);
  const template = useTemplateWords(pointer);
  const id = fieldId(pointer);
  const helpId = `${id}-help`;
  const isChanged = changed.has(pointer) || (deep && [...changed].some((path) => path.startsWith(`${pointer}/`)));
  const hasHelp = messages.length > 0 || template !== null;
  return (
    <div className={classes(css.field, wide && css.wide, isChanged && css.changed)}>
      <label htmlFor={id}>
        {label}
        {isChanged && <span className="unseen"> {t('editor.changed')}</span>}
      </label>
      {children({
        id,
        status: messages.length > 0 ? 'error' : '',
        disabled: readOnly,
        'aria-invalid': messages.length > 0,
        'aria-describedby': hasHelp ? helpId : undefined,
      })}
      {hasHelp && (
        <div id={helpId} className={css.fieldHelp}>
          {messages.map((message) => (
            <span key={message} className={css.fieldProblem} data-testid="field-problem">
              {message}
            </span>
          ))}
          {template !== null && <span className={css.fieldTemplate}>{template}</span>}
        </div>
      )}
    </div>
  );
}

function useMessages(pointer: string, deep: boolean): readonly string[] {
  const { t } = useTranslation();
  const { problems } = useEditor();
  const found = deep
    ? [...problems].filter(([path]) => path === pointer || path.startsWith(`${pointer}/`)).flatMap(([, inner]) => inner)
    : (problems.get(pointer) ?? []);
  return [...new Set(found.map((problem) => problemText(problem, t)))];
}

/** What is wrong with a part as a whole, such as a level without a criterion. */
export function Messages({ path }: { path: Path }) {
  const pointer = pointerOf(path);
  const messages = useMessages(pointer, false);
  if (messages.length === 0) return null;
  return (
    <p className={css.fieldProblem} data-testid="field-problem" id={fieldId(pointer)} tabIndex={-1}>
      {messages.join(' ')}
    </p>
  );
}

/** `Template: 20 cm`, where the draft says something else than its template. */
function useTemplateWords(pointer: string): string | null {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { deviations, draft, point } = useEditor();
  const deviation = deviations.get(pointer);
  if (deviation === undefined) return null;
  const [, id = ''] = stepsOf(pointer);
  const naming = { metric: metricNaming(point.metrics, nameText), t };
  return t('editor.templateHas', { value: shortWords(deviation.before, pointer, draft.rules[id], naming) });
}
