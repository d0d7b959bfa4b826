import Input from 'antd/es/input';
import Modal from 'antd/es/modal';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from './useChange.ts';

/** NIST SP 800-63B, as the server asks for. */
export const PASSWORD_LENGTH_MIN = 8;

export function PasswordDialog({ username, onClose }: { username: string; onClose: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [password, setPassword] = useState('');
  const change = useChange('PATCH /users/{name}', 'GET /users');
  return (
    <Modal
      open
      title={`${t('admin.setPassword')} · ${username}`}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: password.length < PASSWORD_LENGTH_MIN }}
      confirmLoading={change.isPending}
      onOk={() => change.mutate({ path: { name: username }, body: { password } }, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <label htmlFor={id}>{t('admin.newPassword')}</label>
      <Input.Password
        id={id}
        autoFocus
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <p className="faint">
        {t('admin.passwordRule')} {t('admin.firstPasswordHelp')}
      </p>
    </Modal>
  );
}
