import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Modal from 'antd/es/modal';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useSessionControl } from './context.tsx';

const PASSWORD_LENGTH_MIN = 8;

interface Passwords {
  readonly current: string;
  readonly next: string;
  readonly again: string;
}

/** `required` when somebody else chose the present password: then there is no way around, except to sign out. */
export default function OwnPasswordDialog({ required = false, onClose }: { required?: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const session = useSessionControl();
  const errorText = useErrorText();
  const [form] = Form.useForm<Passwords>();
  const [busy, setBusy] = useState(false);

  async function submit({ current, next }: Passwords) {
    setBusy(true);
    try {
      await call('POST /me/password', { body: { current, new: next } });
      await session.ask();
      message.success(t('login.passwordChanged'));
      onClose();
    } catch (error) {
      form.setFields([{ name: 'current', errors: [errorText(error)] }]);
      setBusy(false);
    }
  }

  return (
    <Modal
      open
      title={t('login.changePassword')}
      okText={t('action.save')}
      cancelText={t(required ? 'user.signOut' : 'action.cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={required ? () => void session.signOut() : onClose}
      closable={!required}
      mask={{ closable: !required }}
      keyboard={!required}
    >
      {required && <p className="soft">{t('login.mustChange')}</p>}
      <Form<Passwords> form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item
          name="current"
          label={t('login.currentPassword')}
          rules={[{ required: true, message: t('login.needPassword') }]}
        >
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="next"
          label={t('admin.newPassword')}
          rules={[{ required: true, min: PASSWORD_LENGTH_MIN, message: t('admin.passwordRule') }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t('login.again')}
          dependencies={['next']}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_, value) =>
                value === getFieldValue('next') ? Promise.resolve() : Promise.reject(new Error(t('login.notTheSame'))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
