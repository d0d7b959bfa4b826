import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import Steps from 'antd/es/steps';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Template } from '../../model/template.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { patiently } from '../ui/patiently.ts';
import { ApplyDifference } from './ApplyDifference.tsx';
import { ApplyValues } from './ApplyValues.tsx';
import { APPLY_STEPS } from './apply.ts';
import { ChoosePoints } from './ChoosePoints.tsx';
import css from './templates.module.css';
import { useApply } from './useApply.ts';

const PreviewDialog = lazy(patiently(() => import('../change/PreviewDialog.tsx')));

interface Props {
  readonly template: Template;
  readonly onClose: () => void;
  readonly onApplied: () => Promise<void>;
}

/** A template onto many points: which ones, with which figures, and what that changes; then all of it or nothing. */
export default function ApplyDialog({ template, onClose, onApplied }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const [isPreviewing, setIsPreviewing] = useState(false);
  const applying = useApply(template, onApplied);
  const { choice, move, points, changing, after, isReady, isBusy } = applying;
  const { step } = choice;
  const isLast = step === 'difference';
  return (
    <Modal
      open
      width={900}
      title={t('templates.applyTitle', { name: nameText(template.name) })}
      onCancel={onClose}
      footer={[
        <Button key="back" disabled={step === 'points' || isBusy} onClick={() => move({ go: 'back' })}>
          {t('templates.back')}
        </Button>,
        isLast && (
          <Button key="preview" disabled={!isReady || isBusy} onClick={() => setIsPreviewing(true)}>
            {t('table.preview')}
          </Button>
        ),
        isLast ? (
          <Button key="apply" type="primary" disabled={!isReady} loading={isBusy} onClick={applying.apply}>
            {t(applying.needsApproval ? 'table.confirmProposal' : 'table.confirm')}
          </Button>
        ) : (
          <Button key="next" type="primary" disabled={!isReady} onClick={() => move({ go: 'on' })}>
            {t('templates.next')}
          </Button>
        ),
      ]}
    >
      <Steps
        size="small"
        current={APPLY_STEPS.indexOf(step)}
        items={APPLY_STEPS.map((one) => ({ title: t(`templates.step.${one}`) }))}
      />
      <div className={css.applyStep}>
        {step === 'points' && (
          <ChoosePoints template={template} chosen={choice.chosen} onChange={(chosen) => move({ set: { chosen } })} />
        )}
        {step === 'values' && <ApplyValues template={template} points={points} choice={choice} move={move} />}
        {isLast && <ApplyDifference template={template} applying={applying} />}
        {isPreviewing && (
          <Suspense>
            <PreviewDialog
              items={changing.map(({ point }) => ({ point, document: after(point) }))}
              onClose={() => setIsPreviewing(false)}
            />
          </Suspense>
        )}
      </div>
    </Modal>
  );
}
