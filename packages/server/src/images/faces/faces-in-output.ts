import type { Size } from '../transform/geometry/size.ts';
import type { Activations } from './layers.ts';

/** The box of a detected face in shares of the image, and its score of 0 to 1. */
export interface Face {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly score: number;
}

/** The shapes the network was trained to vary, in cells. */
const anchors = [
  { width: 1.603231, height: 2.094468 },
  { width: 6.041143, height: 7.080126 },
  { width: 2.882459, height: 3.518061 },
  { width: 4.266906, height: 5.178857 },
  { width: 9.041765, height: 10.66308 },
];
const numbersOfBox = 5;

/** Two boxes that overlap by more than this share belong to one face. */
const maxOverlap = 0.4;

export interface ReadFacesInput {
  readonly image: Size;
  readonly cellPixels: number;
  readonly minScore: number;
}

/** Reads the output of a YOLOv2, cell by cell, and keeps the box with the highest score of each face. */
export function readFaces(output: Activations, input: ReadFacesInput): Face[] {
  const found: Face[] = [];
  for (let row = 0; row < output.height; row++) {
    for (let column = 0; column < output.width; column++) {
      for (const [index, anchor] of anchors.entries()) {
        const start = (row * output.width + column) * output.channels + index * numbersOfBox;
        const number = (offset: number) => output.data[start + offset] ?? 0;
        const score = sigmoid(number(4));
        if (score <= input.minScore) continue;
        const x = column + sigmoid(number(0));
        const y = row + sigmoid(number(1));
        const halfWidth = (Math.exp(number(2)) * anchor.width) / 2;
        const halfHeight = (Math.exp(number(3)) * anchor.height) / 2;
        const across = input.cellPixels / input.image.width;
        const down = input.cellPixels / input.image.height;
        found.push({
          left: (x - halfWidth) * across,
          top: (y - halfHeight) * down,
          right: (x + halfWidth) * across,
          bottom: (y + halfHeight) * down,
          score,
        });
      }
    }
  }
  return withoutRepetitions(found);
}

function withoutRepetitions(faces: readonly Face[]): Face[] {
  const kept: Face[] = [];
  for (const face of faces.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(face, other) <= maxOverlap)) kept.push(face);
  }
  return kept;
}

/** Intersection over union. */
function overlap(a: Face, b: Face): number {
  const width = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left));
  const height = Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const common = width * height;
  return common / (area(a) + area(b) - common);
}

function area({ left, top, right, bottom }: Face): number {
  return (right - left) * (bottom - top);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
