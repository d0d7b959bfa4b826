import Button from 'antd/es/button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';
import type { Point } from '../api/types.ts';
import { useMay } from '../session/context.tsx';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';

const PointDialog = lazy(patiently(() => import('./PointDialog.tsx')));
const TakeOutPointDialog = lazy(patiently(() => import('./TakeOutPointDialog.tsx')));

/** What an engineer does to a point: change what is said of it, or take it out. */
export function PointButtons({ point }: { point: Point }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay('engineer');
  const [dialog, setDialog] = useState<'edit' | 'out' | null>(null);
  const needs = may ? undefined : t('user.needs', { role: t('user.role.engineer') });
  return (
    <span className="row-buttons" title={needs}>
      <Button size="small" disabled={!may} onClick={() => setDialog('edit')}>
        {t('places.point.editShort')}
      </Button>
      <Button size="small" disabled={!may} onClick={() => setDialog('out')}>
        {t('places.point.takeOut')}
      </Button>
      <Suspense>
        {dialog === 'edit' && <PointDialog point={point.id} onClose={() => setDialog(null)} />}
        {dialog === 'out' && (
          <TakeOutPointDialog
            point={point}
            onClose={() => setDialog(null)}
            onDone={() => void navigate(pathTo('points'), { replace: true })}
          />
        )}
      </Suspense>
    </span>
  );
}

/** Adds a point to a device that is registered, and shows it. */
export function AddPointButton({ area }: { area: string | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay('engineer');
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <span title={may ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
        <Button data-testid="add-point" disabled={!may} onClick={() => setOpen(true)}>
          {t('places.point.add')}
        </Button>
      </span>
      {isOpen && (
        <Suspense>
          <PointDialog
            point={null}
            area={area}
            onClose={() => setOpen(false)}
            onAdded={(id) => void navigate(pathTo('point', { id }))}
          />
        </Suspense>
      )}
    </>
  );
}
