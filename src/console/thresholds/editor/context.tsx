import { createContext, use } from 'react';
import type { ValueChange } from '../../../model/difference.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { Point } from '../../api/types.ts';
import type { Problem } from '../problem-words.ts';
import type { Path } from './draft.ts';

/** What every field of the editor needs: the draft, how to change it, and what is to be said beside it. */
export interface EditorValue {
  readonly point: Point;
  readonly draft: ThresholdDocument;
  /** Puts a value at a path of the draft; undefined takes it away. */
  readonly set: (path: Path, value: unknown) => void;
  readonly change: (how: (draft: ThresholdDocument) => ThresholdDocument) => void;
  readonly readOnly: boolean;
  /** By JSON pointer. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  /** Where the draft is not as its template, by JSON pointer. */
  readonly deviations: ReadonlyMap<string, ValueChange>;
  /** Where the draft is not as what is in force, JSON pointers. */
  readonly changed: ReadonlySet<string>;
}

export const EditorContext = createContext<EditorValue | null>(null);

export function useEditor(): EditorValue {
  const value = use(EditorContext);
  if (value === null) throw new Error('useEditor needs an EditorContext above it');
  return value;
}
