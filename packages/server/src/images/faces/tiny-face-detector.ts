import { type Face, readFaces } from './faces-in-output.ts';
import { type Activations, allocate, blend, gather, leak, type Mixing, mix, pool } from './layers.ts';
import { getMixing, getTensor, type Weights } from './weights.ts';

/** 8-bit RGB, row by row. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Channels at the beginning of each block. */
const blocks = [16, 32, 64, 128, 256];
const lastChannels = 512;
/** Five boxes in each cell, each with four sides and a score. */
const outputs = 25;
const meanRgb = [117.001, 114.697, 97.404] as const;
/** The image is halved five times. */
const cellPixels = 32;
/** An even number, so that pooling keeps its pairs. */
const stripRows = 32;

/**
 * The tiny face detector of face-api.js, a small YOLOv2 of separable convolutions, in plain arithmetic. face-api.js itself runs
 * it on a tensor engine of tens of megabytes, with the same results.
 */
export class TinyFaceDetector {
  readonly #first: Mixing;
  readonly #blocks: readonly { readonly near: Float32Array; readonly mixing: Mixing }[];
  readonly #last: Mixing;

  /** @throws Error for weights of another network */
  constructor(weights: Weights) {
    this.#first = getMixing(
      weights,
      { filter: 'conv0/filters', bias: 'conv0/bias' },
      { inputs: 27, outputs: 16 },
    );
    this.#blocks = blocks.map((inputs, index) => {
      const name = `conv${index + 1}`;
      return {
        near: getTensor(weights, `${name}/depthwise_filter`, 9 * inputs),
        mixing: getMixing(
          weights,
          { filter: `${name}/pointwise_filter`, bias: `${name}/bias` },
          { inputs, outputs: inputs * 2 },
        ),
      };
    });
    this.#last = getMixing(
      weights,
      { filter: 'conv8/filters', bias: 'conv8/bias' },
      { inputs: lastChannels, outputs },
    );
  }

  /** Detects faces with at least this score of 0 to 1, the highest first. */
  detect(image: RgbImage, minScore: number): Face[] {
    return readFaces(this.run(image), { image, cellPixels, minScore });
  }

  /** Runs the network. */
  run(image: RgbImage): Activations {
    let current = this.#begin(prepare(image));
    for (const [index, { near, mixing }] of this.#blocks.entries()) {
      if (index > 0) current = pool(current, 2);
      current = leak(mix(blend(current, near), mixing));
    }
    return mix(pool(current, 1), this.#last);
  }

  /** The first convolution and its pooling, in strips: as a whole it would take 50 MB. */
  #begin(input: Activations): Activations {
    const rows = input.height - 2;
    const output = allocate({ width: input.width / 2 - 1, height: rows / 2, channels: this.#first.outputs });
    for (let row = 0; row < rows; row += stripRows) {
      const strip = gather(rowsOf(input, { from: row, count: Math.min(stripRows, rows - row) + 2 }));
      const halved = pool(leak(mix(strip, this.#first)), 2);
      const numbers = halved.width * halved.height * halved.channels;
      output.data.set(halved.data.subarray(0, numbers), (row / 2) * halved.width * halved.channels);
    }
    return output;
  }
}

function rowsOf(input: Activations, { from, count }: { from: number; count: number }): Activations {
  const row = input.width * input.channels;
  return { ...input, height: count, data: input.data.subarray(from * row, (from + count) * row) };
}

/** The input that the network was trained on: padded with black to whole cells, less the mean of its training set, 1 for white. */
function prepare({ width, height, data }: RgbImage): Activations {
  const whole = (side: number) => Math.ceil(side / cellPixels) * cellPixels;
  const input = allocate({ width: whole(width), height: whole(height), channels: 3 });
  let at = 0;
  for (let y = 0; y < input.height; y++) {
    for (let x = 0; x < input.width; x++) {
      const inside = x < width && y < height;
      for (let k = 0; k < 3; k++) {
        const value = inside ? (data[(y * width + x) * 3 + k] ?? 0) : 0;
        input.data[at++] = (value - (meanRgb[k] ?? 0)) / 255;
      }
    }
  }
  return input;
}
