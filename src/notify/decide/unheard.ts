import type { AlertRow, StateView } from './state.ts';
import { isAsking } from './telling.ts';

/** Alerts that people should hear of and nobody has been told of, nor will be as things are: no route takes them, or all have failed. */
export function unheardAlerts(state: StateView): string[] {
  return [...state.withPrefix('alert:')].flatMap(([, row]) =>
    row.kind === 'alert' && !row.isFromBefore && isAsking(row) && isUnheard(row) ? [row.alert.id] : [],
  );
}

function isUnheard({ tracks, told, round }: AlertRow): boolean {
  return (
    tracks.every(({ state, stepAtMs }) => state === 'told' && stepAtMs === null) &&
    told.every((one) => one.round !== round || one.proof === 'failed')
  );
}
