/** One figure of a benchmark and its yardstick's, measured alternately in one run. */
export interface Result {
  /** "ours / yardstick". */
  readonly name: string;
  readonly ours: number;
  readonly yardstick: number;
  /** Unit of `ours` and `yardstick`. */
  readonly unit: string;
  /** `ours / yardstick` */
  readonly ratio: number;
  /** Lower bound of the ratio, or its upper bound where the name says "at most". Absent where the figure is only for comparison. */
  readonly target?: number;
  readonly holds: boolean;
}
