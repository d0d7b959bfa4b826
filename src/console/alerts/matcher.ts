import type { Alert } from '../../model/alert.ts';

/** Whether an alert has every word that was typed, wherever in its text; without words every alert does. */
export function matcher(typed: string, textOf: (alert: Alert) => string): (alert: Alert) => boolean {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return (alert) => {
    if (words.length === 0) return true;
    const text = textOf(alert).toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
