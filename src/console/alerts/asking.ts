/** What a dialog of the response asks about; `dispatch`: the number of the one that it is about. */
export interface Asking {
  readonly act: 'dispatch' | 'decline' | 'handle' | 'feedback' | 'close' | 'reopen';
  readonly dispatch: number | null;
}
