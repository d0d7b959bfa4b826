import Tabs from 'antd/es/tabs';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from '../devices/devices.module.css';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { useTabParam } from '../ui/usePageParams.ts';
import { ChatPanel } from './ChatPanel.tsx';
import { ChannelsPanel } from './channels/ChannelsPanel.tsx';
import { OnDutyPanel } from './OnDutyPanel.tsx';
import { PeopleTab } from './people/PeopleTab.tsx';
import { RotaTab } from './rota/RotaTab.tsx';
import { ExplainTool } from './routes/ExplainTool.tsx';
import { PreviewTool } from './routes/PreviewTool.tsx';
import { RoutesTab } from './routes/RoutesTab.tsx';
import { SetupPanel } from './SetupPanel.tsx';
import { Warnings } from './setup/Findings.tsx';
import { SilencesTab } from './silences/SilencesTab.tsx';
import { ToldTable } from './ToldTable.tsx';

const TABS = ['now', 'people', 'rota', 'routes', 'channels', 'silences', 'chat', 'told', 'setup'] as const;

/** Who hears of alerts: who is on duty, how the channels fare, who was told, and the setup that decides it. */
export default function NotifyPage() {
  const { t } = useTranslation();
  const mayRead = useMay('operator');
  const [tab, setTab] = useTabParam(TABS);
  /** What operators see of the setup; others are told what they lack. */
  const forOperators = (content: ReactNode) =>
    mayRead ? content : <Empty title={t('user.needs', { role: t('user.role.operator') })} />;
  const contents: Readonly<Record<(typeof TABS)[number], ReactNode>> = {
    now: (
      <div className="stack">
        <OnDutyPanel />
        {forOperators(<ChannelsPanel />)}
      </div>
    ),
    people: forOperators(
      <>
        <Warnings of={['people', 'teams']} />
        <PeopleTab />
      </>,
    ),
    rota: forOperators(
      <>
        <Warnings of={['rotas', 'calendar']} />
        <RotaTab />
      </>,
    ),
    routes: forOperators(
      <div className="stack">
        <Warnings of={['routes', 'ladders']} />
        <RoutesTab />
        <ExplainTool />
        <PreviewTool />
      </div>,
    ),
    channels: forOperators(
      <div className="stack">
        <Warnings of={['channels', 'templates']} />
        <ChannelsPanel isForChange />
      </div>,
    ),
    silences: forOperators(<SilencesTab />),
    chat: forOperators(<ChatPanel />),
    told: <ToldTable />,
    setup: forOperators(<SetupPanel />),
  };
  return (
    <div className="page">
      <h1 className="unseen">{t('notify.title')}</h1>
      <Tabs
        activeKey={tab}
        onChange={setTab}
        destroyOnHidden
        className={css.fullTabs}
        items={TABS.map((key) => ({ key, label: t(`notify.tabs.${key}`), children: contents[key] }))}
      />
    </div>
  );
}
