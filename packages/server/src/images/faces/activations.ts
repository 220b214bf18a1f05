/** What passes between the layers of a network: the numbers of a pixel stand together, pixels row by row. */
export interface Activations {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** May be longer than there are pixels: layers work on four at a time. */
  readonly data: Float32Array;
}

export type Shape = Pick<Activations, 'width' | 'height' | 'channels'>;

const pixelsAtOnce = 4;

export function allocate(shape: Shape): Activations {
  const pixels = Math.ceil((shape.width * shape.height) / pixelsAtOnce) * pixelsAtOnce;
  return { ...shape, data: new Float32Array(pixels * shape.channels) };
}
