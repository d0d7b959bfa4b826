import AntApp from 'antd/es/app';
import Modal from 'antd/es/modal';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useAreas, usePoints } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useListText } from '../i18n/useListText.ts';
import css from '../places/place-fields.module.css';
import { pathTo } from '../ui/paths.ts';
import { useDeed } from '../ui/useDeed.ts';
import { AreaSelect } from './AreaSelect.tsx';

/** Takes an area away, after it has been said what lies in it and where that goes. */
export default function TakeOutAreaDialog({ area, onClose }: { area: Area; onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const listText = useListText();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const inside = useAreas().filter(({ parent }) => parent === area.id);
  const points = usePoints().filter((point) => point.area === area.id);
  const isEmpty = inside.length + points.length === 0;
  const [into, setInto] = useState<string | null>(area.parent);
  const { isBusy, failure, attempt } = useDeed();
  const name = nameText(area.name);

  const takeOut = () =>
    attempt(
      async () => {
        await call('DELETE /areas/{id}', { path: { id: area.id }, query: { into: isEmpty ? null : into } });
        message.success(t('places.area.takenOut', { area: name }));
        await stale('GET /areas', 'GET /points');
        onClose();
      },
      (error) => {
        // With somewhere for all of it to go, maintenance alone can be in the way.
        const isMaintained = error instanceof ApiError && error.code === 'area-in-use' && (isEmpty || into !== null);
        if (!isMaintained) return undefined;
        return (
          <>
            {t('places.area.maintained')} <Link to={pathTo('maintenance')}>{t('places.area.maintainedLink')}</Link>
          </>
        );
      },
    );

  return (
    <Modal
      open
      title={t('places.area.takeOutAsk', { area: name })}
      okText={t('places.area.takeOut')}
      okButtonProps={{ danger: true, disabled: !isEmpty && into === null }}
      cancelText={t('action.cancel')}
      confirmLoading={isBusy}
      onOk={takeOut}
      onCancel={onClose}
    >
      {isEmpty ? (
        <p>{t('places.area.empty')}</p>
      ) : (
        <>
          <p>{t('places.area.holds')}</p>
          <ul className={css.takeOutMeans} data-testid="take-out-means">
            {inside.length > 0 && (
              <li>
                {t('places.area.areasIn', {
                  count: inside.length,
                  names: listText(inside.map((one) => nameText(one.name))),
                })}
              </li>
            )}
            {points.length > 0 && (
              <li>
                {t('places.area.pointsIn', {
                  count: points.length,
                  names: listText(points.map((one) => nameText(one.name))),
                })}
              </li>
            )}
          </ul>
          <p className={css.takeOutInto}>
            <span>{t('places.area.into')}</span>
            <AreaSelect value={into} onChange={setInto} without={area.id} />
            {into === null && <span role="alert">{t('places.area.intoNeeded')}</span>}
          </p>
        </>
      )}
      <p className="soft">{t('places.area.keeps')}</p>
      {failure !== null && <p role="alert">{failure}</p>}
    </Modal>
  );
}
