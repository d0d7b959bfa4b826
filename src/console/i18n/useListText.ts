import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** So many names are read; the others are counted by whoever shows them. */
const NAMED_MAX = 12;

/** Names in a row as one says them; of a long list the first ones. */
export function useListText(): (names: readonly string[]) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (names) => {
      const shown = names.length > NAMED_MAX ? [...names.slice(0, NAMED_MAX), t('places.area.andMore')] : names;
      return new Intl.ListFormat(i18n.language, { type: 'unit', style: 'short' }).format(shown);
    },
    [t, i18n.language],
  );
}
