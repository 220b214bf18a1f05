/** One thing that is not as it should be. */
export type Finding =
  /** Bytes that are gone, or are not what was stored. */
  | {
      readonly kind: 'missing' | 'damaged';
      readonly bucket: string;
      readonly key: string;
      readonly problem: string;
    }
  /** Bytes or rows nothing refers to. They take up space and do no other harm. */
  | { readonly kind: 'unreferenced'; readonly problem: string };
