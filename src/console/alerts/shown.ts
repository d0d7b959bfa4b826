import type { Alert } from '../../model/alert.ts';

export interface ShownAlert {
  readonly alert: Alert;
  /** An action on it has been sent and is not in the log yet. */
  readonly pending: boolean;
}
