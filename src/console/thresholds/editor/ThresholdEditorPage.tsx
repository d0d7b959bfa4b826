import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router-dom';
import { asked } from '../../api/asked.ts';
import { QueryError } from '../../ui/QueryError.tsx';
import { useThresholds } from '../useThresholds.ts';
import { Editor } from './Editor.tsx';

/** How soon one learns that somebody else has changed the same thresholds, ms. */
const LOOK_EVERY_MS = 15_000;

export default function ThresholdEditorPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const point = useQuery(asked('GET /points/{id}', { path: { id } }));
  const present = useThresholds(id, { refetchEveryMs: LOOK_EVERY_MS });
  if (point.data !== undefined && present.data !== undefined) {
    return <Editor key={id} point={point.data} present={present.data} />;
  }
  const error = point.error ?? present.error;
  if (error === null) return <p className="empty">{t('app.loading')}</p>;
  return (
    <QueryError
      error={error}
      onRetry={() => {
        void point.refetch();
        void present.refetch();
      }}
    />
  );
}
