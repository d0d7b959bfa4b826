import Segmented from 'antd/es/segmented';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { ChannelsPanel } from './ChannelsPanel.tsx';
import { ChatPanel } from './ChatPanel.tsx';
import { OnDutyPanel } from './OnDutyPanel.tsx';
import { PeoplePanel } from './PeoplePanel.tsx';
import { SetupPanel } from './SetupPanel.tsx';
import { ToldTable } from './ToldTable.tsx';

const TABS = ['now', 'chat', 'told', 'setup'] as const;

/** Who hears of alerts: who is on duty, how the channels fare, who was told, and the setup that decides it. */
export default function NotifyPage() {
  const { t } = useTranslation();
  const { get, set } = usePageParams();
  const mayRead = useMay('operator');
  const tab = TABS.find((one) => one === get('tab')) ?? 'now';
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('notify.title')}</h1>
        <span className="soft">{t('notify.help')}</span>
        <span className="push" />
        <Segmented
          value={tab}
          onChange={(value) => set({ tab: value === 'now' ? null : value })}
          options={TABS.map((value) => ({ value, label: t(`notify.tabs.${value}`) }))}
        />
      </div>
      {tab === 'told' && <ToldTable />}
      {tab !== 'told' && (
        <div className="stack">
          {tab === 'now' && <OnDutyPanel />}
          {!mayRead && <Empty title={t('user.needs', { role: t('user.role.operator') })} />}
          {mayRead && tab === 'now' && (
            <>
              <ChannelsPanel />
              <PeoplePanel />
            </>
          )}
          {mayRead && tab === 'chat' && <ChatPanel />}
          {mayRead && tab === 'setup' && <SetupPanel />}
        </div>
      )}
    </div>
  );
}
