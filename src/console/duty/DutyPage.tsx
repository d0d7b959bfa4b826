import { useAlertView, useSeen, useWatch } from '../live/context.tsx';
import { PointList } from '../points/PointList.tsx';
import { AlertPanel } from './AlertPanel.tsx';
import './duty.css';

/** The start page: what is wrong on the left, where things are on the right. */
export function DutyPage() {
  useWatch('*');
  useSeen(useAlertView().seq);
  return (
    <div className="duty">
      <AlertPanel />
      <PointList />
    </div>
  );
}
