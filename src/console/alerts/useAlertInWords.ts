import { useCallback } from 'react';
import type { Alert } from '../../model/alert.ts';
import { usePointIndex } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { inWords } from '../ui/value-words.ts';

/** Alerts as people read them: what is measured and compared as a text goes by its name in their language. */
export function useAlertInWords(): (alert: Alert) => Alert {
  const points = usePointIndex();
  const nameText = useNameText();
  return useCallback(
    (alert) => {
      const { value, limit, peak } = alert;
      if ([value, limit, peak.value].every((one) => typeof one !== 'string')) return alert;
      const metric = points.get(alert.point)?.metrics[alert.metric ?? ''];
      const named = <V extends typeof value | typeof limit>(one: V) => inWords(one, metric, nameText);
      return { ...alert, value: named(value), limit: named(limit), peak: { ...peak, value: named(peak.value) } };
    },
    [points, nameText],
  );
}
