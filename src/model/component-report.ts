/**
 * What a fire monitoring platform above this one is told of a point, which to it is a component of a fire alarm system. The
 * seam between the channel that decides what is told (push/fire-report.ts) and the protocol that says it (gateways/gbt26875).
 */
export interface ComponentReport {
  readonly place: ComponentPlace;
  readonly flags: ReadonlySet<ComponentFlag>;
  /** What people call it. */
  readonly text: string;
  /** When it came to be so, ms since 1970. */
  readonly atMs: number;
  /** A value that says how bad it is, in a unit of its own; null where there is none. */
  readonly measured: Measured | null;
  /** All that it measures at present, where the platform asks for it. */
  readonly present?: readonly Measured[];
}

export interface Measured {
  readonly value: number;
  readonly unit: string;
}

/** Something that a person has done here, which to a platform was done at a panel, or at its transmission device. */
export interface OperationReport {
  /** At a system; null: at the transmission device. */
  readonly system: Pick<ComponentPlace, 'systemType' | 'systemAddress'> | null;
  readonly what: 'reset' | 'confirm' | 'guard-answered';
  readonly atMs: number;
}

/** Where the platform looks for a component, and what it is, by tables 4 and 5 of GB/T 26875.3-2011. */
export interface ComponentPlace {
  readonly systemType: number;
  readonly systemAddress: number;
  readonly componentType: number;
  /** A number of 32 bits. */
  readonly componentAddress: number;
}

/**
 * States that are told of a component, in the order of the bits that say so (table 6 of GB/T 26875.3-2011, behind the bit of
 * normal operation); without one it is in normal operation.
 */
export const COMPONENT_FLAGS = [
  'fire',
  'fault',
  'shielded',
  'supervisory',
  'started',
  'feedback',
  'delayed',
  'power_fault',
] as const;
export type ComponentFlag = (typeof COMPONENT_FLAGS)[number];
