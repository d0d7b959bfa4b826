import Tabs from 'antd/es/tabs';
import { useTranslation } from 'react-i18next';
import css from '../devices/devices.module.css';
import { useTabParam } from '../ui/usePageParams.ts';
import { AreaTable } from './AreaTable.tsx';
import { ProfileTable } from './ProfileTable.tsx';

const TABS = ['areas', 'profiles'] as const;

/** What a site is divided into, and what its kinds of device are called. */
export default function SitePage() {
  const { t } = useTranslation();
  const [tab, setTab] = useTabParam(TABS);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('places.title')}</h1>
        <span className="soft">{t('places.help')}</span>
      </div>
      <Tabs
        activeKey={tab}
        onChange={setTab}
        destroyOnHidden
        className={css.fullTabs}
        items={[
          { key: 'areas', label: t('places.tab.areas'), children: <AreaTable /> },
          { key: 'profiles', label: t('places.tab.profiles'), children: <ProfileTable /> },
        ]}
      />
    </div>
  );
}
