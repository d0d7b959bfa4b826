import type { CompiledPoint } from './compiled.ts';

/** The new samples of one instant of one point: their metrics, and whether each follows a gap. Used again and again. */
export class Fresh {
  count = 0;
  readonly metrics: number[] = [];
  readonly series: number[] = [];
  readonly gaps: boolean[] = [];

  clear(): void {
    this.count = 0;
  }

  add(metric: number, series: number, isGap: boolean): void {
    this.metrics[this.count] = metric;
    this.series[this.count] = series;
    this.gaps[this.count] = isGap;
    this.count++;
  }

  /** Where the metric is among them; -1 when it is not. */
  placeOf(metric: number): number {
    for (let i = 0; i < this.count; i++) if (this.metrics[i] === metric) return i;
    return -1;
  }

  /** Whether the rule of this index looks at one of them. */
  isLookedAt(byMetric: CompiledPoint['byMetric'], index: number): boolean {
    for (let i = 0; i < this.count; i++) if (byMetric[this.metrics[i] ?? -1]?.includes(index)) return true;
    return false;
  }
}
