import Tabs from 'antd/es/tabs';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { useTabParam } from '../ui/usePageParams.ts';
import { DeviceTable } from './DeviceTable.tsx';
import css from './devices.module.css';
import { QuarantineTable } from './QuarantineTable.tsx';
import { RefusedNames } from './RefusedNames.tsx';
import { TryMessage } from './TryMessage.tsx';
import { UnknownDevices } from './UnknownDevices.tsx';
import { useRefusedNames } from './useRefusedNames.ts';

const TABS = ['devices', 'quarantine', 'unknown', 'refused', 'trial'] as const;

/** Devices, what of them could not be read, and those nobody has registered. */
export default function DevicesPage() {
  const { t } = useTranslation();
  const mayKnow = useMay('operator');
  const mayTry = useMay('engineer');
  const refused = useRefusedNames().data?.length ?? 0;
  const [tab, setTab] = useTabParam(TABS);
  return (
    <div className="page">
      <h1 className="unseen">{t('nav.devices')}</h1>
      <Tabs
        activeKey={tab}
        onChange={setTab}
        destroyOnHidden
        className={css.fullTabs}
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
          ...(mayTry ? [{ key: 'trial', label: t('trial.tab'), children: <TryMessage /> }] : []),
        ]}
      />
    </div>
  );
}
