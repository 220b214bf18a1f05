import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Mixing } from './layers.ts';

/** Tensors of the trained network, by name. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** One entry of a TensorFlow.js manifest: values are stored as bytes, `min + byte × scale`. */
interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization: { readonly dtype: 'uint8'; readonly scale: number; readonly min: number };
}

const modelPackage = '@vladmandic/face-api';
const modelName = 'tiny_face_detector_model';

/** The directory of the optional package with the weights; undefined where it is not installed. @param from the module that looks for it */
export function findModel(from = import.meta.url): string | undefined {
  try {
    const manifest = createRequire(from).resolve(`${modelPackage}/package.json`);
    return join(dirname(manifest), 'model');
  } catch {
    return undefined;
  }
}

/** @throws Error for files of another form */
export async function readWeights(directory: string): Promise<Weights> {
  const [manifest, bytes] = await Promise.all([
    readFile(join(directory, `${modelName}-weights_manifest.json`), 'utf8'),
    readFile(join(directory, `${modelName}.bin`)),
  ]);
  // Written by the package's author; for any other content, the lengths below do not match.
  const [{ weights: entries }] = JSON.parse(manifest) as [{ weights: ManifestEntry[] }];
  const weights = new Map<string, Float32Array>();
  let start = 0;
  for (const { name, shape, quantization } of entries) {
    const length = shape.reduce((product, side) => product * side, 1);
    const { scale, min } = quantization;
    weights.set(
      name,
      Float32Array.from(bytes.subarray(start, start + length), (byte) => min + byte * scale),
    );
    start += length;
  }
  if (start !== bytes.length) throw new Error(`${modelName}.bin has ${bytes.length} bytes and not ${start}`);
  return weights;
}

/** @throws Error without a tensor of this name and length */
export function getTensor(weights: Weights, name: string, length: number): Float32Array {
  const tensor = weights.get(name);
  if (tensor?.length !== length) throw new Error(`${modelName} has no ${name} of ${length} numbers`);
  return tensor;
}

/** The weights of {@link mix}: by output, padded with zeros to an even number of outputs. */
export function getMixing(
  weights: Weights,
  name: { readonly filter: string; readonly bias: string },
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): Mixing {
  const filter = getTensor(weights, name.filter, inputs * outputs);
  const even = outputs + (outputs % 2);
  const turned = new Float32Array(inputs * even);
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      turned[output * inputs + input] = filter[input * outputs + output] ?? 0;
    }
  }
  const bias = new Float32Array(even);
  bias.set(getTensor(weights, name.bias, outputs));
  return { inputs, outputs: even, weights: turned, bias };
}
