import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { ROLES, type Role } from '../../model/roles.ts';
import { FormModal } from '../ui/FormModal.tsx';
import { PASSWORD_LENGTH_MIN } from './PasswordDialog.tsx';
import { useChange } from './useChange.ts';

interface NewUser {
  readonly username: string;
  readonly role: Role;
  readonly password: string;
}

/** What the server takes: letters and digits of any script first, then also . _ @ - */
const USERNAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

export function UserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<NewUser>();
  const change = useChange('POST /users', 'GET /users');
  const submit = (user: NewUser) => change.mutate({ body: user }, { onSuccess: onClose });
  return (
    <FormModal<NewUser>
      title={t('admin.addUser')}
      form={form}
      isBusy={change.isPending}
      initialValues={{ role: 'operator' }}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Form.Item
        name="username"
        label={t('login.username')}
        rules={[{ required: true, pattern: USERNAME, message: t('admin.usernameRule') }]}
      >
        <Input autoFocus autoComplete="off" />
      </Form.Item>
      <Form.Item name="role" label={t('admin.role')} extra={t('admin.roleHelp')}>
        <Select<Role> options={ROLES.map((value) => ({ value, label: t(`user.role.${value}`) }))} />
      </Form.Item>
      <Form.Item
        name="password"
        label={t('admin.firstPassword')}
        extra={t('admin.firstPasswordHelp')}
        rules={[{ required: true, min: PASSWORD_LENGTH_MIN, message: t('admin.passwordRule') }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </FormModal>
  );
}
