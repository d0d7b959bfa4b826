import Tabs from 'antd/es/tabs';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router-dom';
import { useMay } from '../session/context.tsx';
import { DeviceTable } from './DeviceTable.tsx';
import { QuarantineTable } from './QuarantineTable.tsx';
import { RefusedNames } from './RefusedNames.tsx';
import { UnknownDevices } from './UnknownDevices.tsx';
import { useRefusedNames } from './useRefusedNames.ts';
import './devices.css';

const TABS = ['devices', 'quarantine', 'unknown', 'refused'] as const;

/** Devices, what of them could not be read, and those nobody has registered. */
export default function DevicesPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const mayKnow = useMay('operator');
  const refused = useRefusedNames().data?.length ?? 0;
  const asked = params.get('tab');
  const tab = TABS.find((each) => each === asked) ?? 'devices';
  return (
    <div className="page">
      <h1 className="unseen">{t('nav.devices')}</h1>
      <Tabs
        activeKey={tab}
        onChange={(key) => setParams(key === 'devices' ? {} : { tab: key })}
        destroyOnHidden
        className="full-tabs"
        items={[
          { key: 'devices', label: t('device.tab.devices'), children: <DeviceTable /> },
          { key: 'quarantine', label: t('device.tab.quarantine'), children: <QuarantineTable /> },
          { key: 'unknown', label: t('device.tab.unknown'), children: <UnknownDevices /> },
          ...(mayKnow
            ? [
                {
                  key: 'refused',
                  label: refused === 0 ? t('refused.tab') : t('refused.tabCount', { count: refused }),
                  children: <RefusedNames />,
                },
              ]
            : []),
        ]}
      />
    </div>
  );
}
