/** One figure of a benchmark beside the yardstick it was measured against, in turn, in the same run. */
export interface Result {
  /** What was measured / what it was measured against. */
  readonly name: string;
  readonly ours: number;
  readonly yardstick: number;
  /** Of `ours` and `yardstick`. */
  readonly unit: string;
  /** `ours / yardstick` */
  readonly ratio: number;
  /** What the ratio should reach, or where the name says so, not exceed. Absent for what is only there to compare with. */
  readonly target?: number;
  readonly holds: boolean;
}
