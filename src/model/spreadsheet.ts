import type { Name } from './names.ts';
import type { SiteDevice } from './site.ts';
import type { ThresholdDocument } from './threshold.ts';

/** What a spreadsheet of points and limits would change, as spreadsheet/ finds it out and the API tells it. */

/** Something to tell about a cell: `place` is `limits!D7`. */
export interface SheetNote {
  readonly place: string;
  readonly message: string;
}

/** A row that was exported before somebody else changed what it is about. */
export interface SheetConflict extends SheetNote {
  /** The point, or the device of a row without one. */
  readonly point: string;
}

/** One cell that says something else than what is in force. */
export interface SheetChange {
  readonly place: string;
  /** The rule, for limits; null for what is said of the point itself. */
  readonly rule: string | null;
  /** The column's heading, in the language asked for. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** The document that a point would have. */
export interface PlannedDocument {
  readonly point: string;
  /** The revision it was planned against; 0 for a point that the file adds. */
  readonly revision: number;
  readonly document: ThresholdDocument;
  /** Cells by what they say of the document, as JSON pointers, to place what is found wrong with it. */
  readonly places: readonly { readonly path: string; readonly place: string }[];
}

export interface PlannedPoint {
  readonly point: string;
  readonly name: Name;
  readonly isNew: boolean;
  readonly changes: readonly SheetChange[];
}

/** A device that is new, or gets another name or secret. */
export interface PlannedDevice {
  readonly device: string;
  readonly name: Name;
  readonly isNew: boolean;
  /** `drawn`: the server draws one and hands it out once; null: it keeps the one it has. */
  readonly secret: 'drawn' | 'given' | null;
  readonly changes: readonly SheetChange[];
}

/** What a file would do. With errors or conflicts nothing of it may be done. */
export interface SheetPlan {
  readonly points: readonly PlannedPoint[];
  readonly plannedDevices: readonly PlannedDevice[];
  readonly documents: readonly PlannedDocument[];
  /** Devices as they would be, with all of their points; for those that change, and those whose points do. */
  readonly devices: readonly SiteDevice[];
  readonly rowsRead: number;
  readonly errors: readonly SheetNote[];
  readonly conflicts: readonly SheetConflict[];
  readonly warnings: readonly SheetNote[];
}

/** The cell that says what a JSON pointer into the document names, or the nearest one: within it first, then around it. */
export function placeOf(places: PlannedDocument['places'], pointer: string): string | undefined {
  const isAround = (outer: string, inner: string) => inner === outer || inner.startsWith(`${outer}/`);
  const within = places.find(({ path }) => isAround(pointer, path));
  const around = places.filter(({ path }) => isAround(path, pointer)).sort((a, b) => b.path.length - a.path.length);
  return (within ?? around[0])?.place;
}
