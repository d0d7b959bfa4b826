import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Form, { type FormInstance } from 'antd/es/form';
import Input from 'antd/es/input';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../../model/bounds.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { pointerOf, stepsOf } from '../../../model/pointer.ts';
import type { ProblemPath } from '../../../model/problem.ts';
import type { FieldError } from '../../api/client.ts';
import { FormModal, type InitialValues } from '../../ui/FormModal.tsx';
import css from '../notify.module.css';
import { type SetupChange, useSetupDeed } from './useSetupDeed.tsx';

interface Props<T extends object> {
  readonly title: string;
  readonly form: FormInstance<T>;
  readonly initialValues: InitialValues<T>;
  /** Where in a setup that stands which is edited; fields are called as what stands there is. */
  readonly place: (setup: NotifySetup) => ProblemPath;
  readonly change: (setup: NotifySetup, fields: T) => NotifySetup;
  /** It is being added, so nobody else can have changed it. */
  readonly isNew?: boolean;
  /** Takes it out of the setup; left out for what is only being added. */
  readonly remove?: SetupChange | undefined;
  /** What taking it out is called, and means, where it is not simply gone. */
  readonly removeText?: string;
  /** Why it is changed, where a field of the form says so. */
  readonly reasonOf?: (fields: T) => string;
  readonly intro?: ReactNode;
  readonly width?: number;
  readonly onValuesChange?: (changed: Partial<T>) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form over one thing of the setup. What the server refuses is said at the field it is about. */
export function SetupForm<T extends object>(props: Props<T>) {
  const { title, form, initialValues, place, change, isNew = false, remove, removeText, intro, width } = props;
  const { reasonOf, onValuesChange, onClose, children } = props;
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const { isBusy, failure, save } = useSetupDeed(isNew ? undefined : place);
  const [reason, setReason] = useState('');

  const showAtFields = (errors: readonly FieldError[], sent: NotifySetup) =>
    errorsLeft(form, errors, pointerOf(['setup', ...place(sent)]));

  async function make(wanted: SetupChange, why: string): Promise<void> {
    if ((await save({ change: wanted, reason: why, showAtFields })) !== null) onClose();
  }

  const removal = removeText ?? t('action.remove');
  const confirmRemoval = (take: SetupChange) =>
    modal.confirm({
      title: t('setup.removeTitle', { name: title, removal }),
      okText: removal,
      cancelText: t('action.cancel'),
      onOk: () => make(take, reason),
    });

  return (
    <FormModal<T>
      title={title}
      form={form}
      initialValues={initialValues}
      isBusy={isBusy}
      failure={failure}
      isMarked
      {...(intro === undefined ? {} : { intro })}
      {...(width === undefined ? {} : { width })}
      {...(onValuesChange === undefined ? {} : { onValuesChange })}
      onSubmit={(fields) => make((setup) => change(setup, fields), reasonOf?.(fields) ?? reason)}
      onCancel={onClose}
      footer={(buttons) => (
        <div className={css.footer}>
          {remove !== undefined && (
            <Button danger disabled={isBusy} onClick={() => confirmRemoval(remove)}>
              {removal}
            </Button>
          )}
          <span className={css.footerPush}>{buttons}</span>
        </div>
      )}
    >
      {children}
      {reasonOf === undefined && (
        <Form.Item label={t('notify.reasonFor')}>
          <Input
            aria-label={t('notify.reasonFor')}
            value={reason}
            maxLength={REASON_MAX}
            onChange={({ target }) => setReason(target.value)}
          />
        </Form.Item>
      )}
    </FormModal>
  );
}

/** Says errors below a place at the fields that they are about, and gives those that no field is about. */
function errorsLeft<T extends object>(
  form: FormInstance<T>,
  errors: readonly FieldError[],
  place: string,
): FieldError[] {
  const fields = form.getFieldsError().map(({ name }) => name.map(String));
  const left: FieldError[] = [];
  const said = new Map<string, string[]>();
  for (const error of errors) {
    const below = error.path.startsWith(`${place}/`) ? stepsOf(error.path.slice(place.length)) : [];
    const field = fields
      .filter((name) => name.every((step, at) => step === below[at]))
      .reduce<string[]>((longest, name) => (name.length > longest.length ? name : longest), []);
    if (field.length === 0) left.push(error);
    else said.set(pointerOf(field), [...(said.get(pointerOf(field)) ?? []), error.message]);
  }
  for (const { name } of form.getFieldsError()) {
    const messages = said.get(pointerOf(name));
    if (messages !== undefined) form.setFields([{ name: name as never, errors: messages }]);
  }
  return left;
}
