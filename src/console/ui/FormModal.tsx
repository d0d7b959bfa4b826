import Form, { type FormInstance, type FormProps } from 'antd/es/form';
import Modal, { type ModalProps } from 'antd/es/modal';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './form-modal.module.css';

/** What stands in a form at first; a field that is undefined stands empty. */
export type InitialValues<T> = { readonly [K in keyof T]?: T[K] | undefined };

interface Props<T extends object> extends Omit<ModalProps, 'open' | 'onOk' | 'confirmLoading' | 'title' | 'children'> {
  readonly title: string;
  readonly form: FormInstance<T>;
  readonly initialValues?: InitialValues<T>;
  readonly isBusy: boolean;
  /** Why the last attempt came to nothing, where no field of the form can say it. */
  readonly failure?: ReactNode;
  /** What stands above the fields. */
  readonly intro?: ReactNode;
  /** How the fields are laid out, other than one below the other. */
  readonly layoutClass?: string;
  /** Some fields may stay empty, so those that may not carry a mark. */
  readonly isMarked?: boolean;
  readonly onValuesChange?: (changed: Partial<T>) => void;
  readonly onSubmit: (fields: T) => unknown;
  readonly children: ReactNode;
}

/** A dialog that is one form: what was filled in is sent with its first button, once it is whole. */
export function FormModal<T extends object>(props: Props<T>) {
  const {
    form,
    initialValues,
    isBusy,
    failure,
    intro,
    layoutClass,
    isMarked = false,
    onValuesChange,
    onSubmit,
    children,
    ...modal
  } = props;
  const { t } = useTranslation();
  const given: FormProps<T> = {
    ...(initialValues === undefined ? {} : { initialValues: initialValues as T }),
    ...(isMarked ? {} : { requiredMark: false }),
    ...(layoutClass === undefined ? {} : { className: layoutClass }),
    ...(onValuesChange === undefined ? {} : { onValuesChange }),
  };
  return (
    <Modal
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      {...modal}
      open
      confirmLoading={isBusy}
      onOk={form.submit}
    >
      {intro !== undefined && <div className={css.intro}>{intro}</div>}
      {failure != null && <p role="alert">{failure}</p>}
      <Form<T> form={form} layout="vertical" {...given} onFinish={(fields) => void onSubmit(fields)}>
        {children}
      </Form>
    </Modal>
  );
}
