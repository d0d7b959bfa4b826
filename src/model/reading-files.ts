/** Readings as files, out and in. */

export interface ExportRequest {
  readonly series: readonly {
    readonly series: number;
    readonly point: string;
    readonly metric: string;
    readonly unit: string | null;
  }[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly format: 'csv' | 'parquet';
  readonly csv: {
    /** Begins with a byte order mark. */
    readonly bom: boolean;
    /** Times are written in this time zone, of the IANA list. */
    readonly timezone: string;
  };
}

export type ExportOutcome =
  | { readonly ok: true; readonly pieces: AsyncGenerator<Uint8Array, void, void> }
  | { readonly ok: false; readonly error: 'busy' | 'history-unavailable'; readonly detail: string };

export type ImportOutcome =
  /** `rejected`: of these readings, those that the history's server will never take, and why. */
  | {
      readonly ok: true;
      readonly readings: number;
      readonly rejected: readonly { readonly readings: number; readonly reason: string }[];
    }
  /** Nothing was stored. `problems`: the first of the lines that make no sense; `refused`: how many there are. */
  | {
      readonly ok: false;
      readonly error: 'refused';
      readonly refused: number;
      readonly problems: readonly { readonly line: number; readonly message: string; readonly zh: string }[];
    }
  /** So many readings were stored; sending the file again stores the rest. */
  | { readonly ok: false; readonly error: 'history-unavailable'; readonly stored: number; readonly detail: string }
  | { readonly ok: false; readonly error: 'busy' | 'no-room'; readonly detail: string };
