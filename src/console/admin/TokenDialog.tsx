import Button from 'antd/es/button';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Modal from 'antd/es/modal';
import Select from 'antd/es/select';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ROLES, type Role } from '../../model/roles.ts';
import { wallAddress } from '../session/screen-token.ts';
import { FormModal } from '../ui/FormModal.tsx';
import { ToCopy } from '../ui/ToCopy.tsx';
import { useChange } from './useChange.ts';

interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly expiresInDays?: number | null;
}

export function TokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<NewToken>();
  const [made, setMade] = useState<{ readonly token: string; readonly role: Role } | null>(null);
  const change = useChange('POST /tokens', 'GET /tokens');

  const submit = ({ name, role, expiresInDays }: NewToken) =>
    change.mutate(
      {
        body: { name, role, ...(expiresInDays == null ? {} : { expiresInDays }) },
      },
      { onSuccess: setMade },
    );

  if (made !== null) {
    return (
      <Modal
        open
        title={t('admin.tokenMade')}
        footer={<Button onClick={onClose}>{t('action.close')}</Button>}
        onCancel={onClose}
        mask={{ closable: false }}
      >
        <p>{t('admin.tokenOnce')}</p>
        <ToCopy text={made.token} />
        {made.role === 'viewer' && (
          <>
            <h3>{t('admin.wallAddress')}</h3>
            <p className="soft">{t('admin.wallAddressHelp')}</p>
            <ToCopy text={wallAddress(location.origin, made.token)} />
          </>
        )}
      </Modal>
    );
  }
  return (
    <FormModal<NewToken>
      title={t('admin.addToken')}
      form={form}
      isBusy={change.isPending}
      initialValues={{ role: 'viewer' }}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Form.Item
        name="name"
        label={t('admin.tokenName')}
        rules={[{ required: true, whitespace: true, max: 64, message: t('admin.tokenNameRule') }]}
      >
        <Input autoFocus autoComplete="off" />
      </Form.Item>
      <Form.Item name="role" label={t('admin.role')}>
        <Select<Role> options={ROLES.map((value) => ({ value, label: t(`user.role.${value}`) }))} />
      </Form.Item>
      <Form.Item name="expiresInDays" label={t('admin.expiresInDays')} extra={t('admin.expiresHelp')}>
        <InputNumber min={1} max={3_650} precision={0} style={{ width: 140 }} />
      </Form.Item>
    </FormModal>
  );
}
