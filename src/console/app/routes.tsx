import type { ComponentType } from 'react';
import { createBrowserRouter } from 'react-router-dom';
import { DutyPage } from '../duty/DutyPage.tsx';
import { type PageName, routeOf } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { NotFound, PageError, WallError } from './PageError.tsx';
import { Shell } from './Shell.tsx';

/** A page whose code is fetched when it is opened. */
function page(name: PageName, load: () => Promise<{ default: ComponentType }>) {
  return { path: routeOf(name), lazy: async () => ({ Component: (await patiently(load)()).default }) };
}

/** The duty view comes with the first load; every other page brings its own code when it is opened. */
export const router = createBrowserRouter([
  {
    element: <Shell />,
    hydrateFallbackElement: <i />,
    errorElement: <PageError />,
    children: [
      {
        errorElement: <PageError />,
        children: [
          { index: true, element: <DutyPage /> },
          page('points', () => import('../points/PointsPage.tsx')),
          page('point', () => import('../points/PointPage.tsx')),
          page('pointThresholds', () => import('../thresholds/editor/ThresholdEditorPage.tsx')),
          page('card', () => import('../cards/CardPage.tsx')),
          page('alert', () => import('../alerts/AlertPage.tsx')),
          page('history', () => import('../alerts/HistoryPage.tsx')),
          page('devices', () => import('../devices/DevicesPage.tsx')),
          page('device', () => import('../devices/DevicePage.tsx')),
          page('site', () => import('../site/SitePage.tsx')),
          page('firstSteps', () => import('../first-steps/FirstStepsPage.tsx')),
          page('thresholds', () => import('../threshold-table/ThresholdTablePage.tsx')),
          page('templates', () => import('../templates/TemplatesPage.tsx')),
          page('maintenance', () => import('../maintenance/MaintenancePage.tsx')),
          page('notify', () => import('../notify/NotifyPage.tsx')),
          page('proposals', () => import('../review/ReviewPage.tsx')),
          page('proposal', () => import('../review/ReviewPage.tsx')),
          page('system', () => import('../system/SystemPage.tsx')),
          page('sources', () => import('../system/SourcesPage.tsx')),
          page('users', () => import('../admin/UsersPage.tsx')),
          page('tokens', () => import('../admin/TokensPage.tsx')),
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
  {
    ...page('wall', () => import('../wall/WallPage.tsx')),
    errorElement: <WallError />,
    hydrateFallbackElement: <i />,
  },
]);
