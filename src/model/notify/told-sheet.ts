import type { Alert } from '../alert.ts';
import type { Name } from '../names.ts';
import type { ChannelKind } from './channel.ts';
import type { ToldMessage } from './told.ts';

/** A row of the sheet of who was told: one message about one alert, or an alert that nobody was told of. */
export interface ToldSheetRow {
  readonly alert: Alert;
  readonly area: Name;
  readonly point: Name;
  /** Null when nothing is measured. */
  readonly metric: Name | null;
  /** Null while nobody has acknowledged it; `by` is null when the log does not say who did. */
  readonly acknowledged: { readonly by: string | null; readonly atMs: number } | null;
  readonly message: ToldSheetMessage | null;
}

export interface ToldSheetMessage
  extends Pick<
    ToldMessage,
    | 'reason'
    | 'step'
    | 'channel'
    | 'state'
    | 'atMs'
    | 'acceptedAtMs'
    | 'deliveredAtMs'
    | 'answeredAtMs'
    | 'failedAtMs'
    | 'words'
  > {
  /** The person's name; null: the group behind the channel. */
  readonly person: string | null;
  /** Null when the setup does not have the channel any more. */
  readonly kind: ChannelKind | null;
  /** Whether whoever asks may read the gateway's words. */
  readonly mayReadWords: boolean;
}
