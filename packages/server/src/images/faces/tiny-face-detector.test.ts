import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RgbImage, TinyFaceDetector } from './tiny-face-detector.ts';
import { findModel, readWeights } from './weights.ts';

/** The used part of face-api.js, the library whose network this is. */
interface FaceApi {
  readonly tf: {
    setBackend(name: 'cpu'): Promise<boolean>;
    tensor3d(data: Uint8Array, shape: [number, number, number]): unknown;
    readonly io: { decodeWeights(bytes: ArrayBuffer, entries: unknown): unknown };
  };
  readonly nets: {
    readonly tinyFaceDetector: {
      loadFromWeightMap(weights: unknown): void;
      forward(input: unknown, inputSize: number): Promise<{ dataSync(): Float32Array }>;
      locateFaces(
        input: unknown,
        options: { inputSize: number; scoreThreshold: number },
      ): Promise<{ score: number; relativeBox: { x: number; y: number; width: number; height: number } }[]>;
    };
  };
}

const side = 224;
const images = join(import.meta.dirname, '../../../test/images/faces');
const directory = findModel() ?? '';
let detector: TinyFaceDetector;
let library: FaceApi;

beforeAll(async () => {
  detector = new TinyFaceDetector(await readWeights(directory));
  library = await loadLibrary();
});

describe('the detector', () => {
  it.each(['astronaut.jpg', 'photographer.jpg', 'cat.jpg'])(
    'says of %s what the library says',
    async (file) => {
      const image = await squareImage(file);
      const tensor = library.tf.tensor3d(image.data, [side, side, 3]);
      const expected = (await library.nets.tinyFaceDetector.forward(tensor, side)).dataSync();
      const { data, channels } = detector.run(image);
      const cells = (side / 32) ** 2;
      expect(expected).toHaveLength(cells * 25);
      const differences = Array.from(expected, (value, index) =>
        // Ours has one channel more, which stays zero.
        Math.abs(value - (data[Math.floor(index / 25) * channels + (index % 25)] ?? Number.NaN)),
      );
      expect(Math.max(...differences)).toBeLessThan(1e-3);
    },
  );

  it('finds the faces that the library finds', async () => {
    const image = await squareImage('astronaut.jpg');
    const tensor = library.tf.tensor3d(image.data, [side, side, 3]);
    const expected = await library.nets.tinyFaceDetector.locateFaces(tensor, {
      inputSize: side,
      scoreThreshold: 0.1,
    });
    const found = detector.detect(image, 0.1);
    expect(found.length).toBeGreaterThan(1);
    expect(found).toHaveLength(expected.length);
    for (const [index, { score, relativeBox }] of expected.entries()) {
      expect(found[index]?.score).toBeCloseTo(score, 4);
      expect(found[index]?.left).toBeCloseTo(relativeBox.x, 4);
      expect(found[index]?.top).toBeCloseTo(relativeBox.y, 4);
      expect((found[index]?.right ?? 0) - relativeBox.x).toBeCloseTo(relativeBox.width, 4);
      expect((found[index]?.bottom ?? 0) - relativeBox.y).toBeCloseTo(relativeBox.height, 4);
    }
  });

  it('finds the same faces in an image that is not square as in one padded with black', async () => {
    const { data, info } = await sharp(join(images, 'astronaut.jpg'))
      .resize(224, 160, { fit: 'cover', position: 'top' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const filled = await sharp(data, { raw: info })
      .extend({ bottom: 64, background: '#000' })
      .raw()
      .toBuffer();
    const [face] = detector.detect({ width: 224, height: 160, data }, 0.5);
    const [same] = detector.detect({ width: 224, height: 224, data: filled }, 0.5);
    expect(face?.left).toBeCloseTo(same?.left ?? Number.NaN, 1);
    expect((face?.top ?? 0) * 160).toBeCloseTo((same?.top ?? 0) * 224, -1);
  });
});

describe('the weights', () => {
  it('are not found where the package is not installed', () => {
    expect(findModel(pathToFileURL(join(tmpdir(), 'elsewhere.js')).href)).toBeUndefined();
  });

  it('are refused when they belong to another network', () => {
    expect(() => new TinyFaceDetector(new Map([['conv0/filters', new Float32Array(3)]]))).toThrow(
      'conv0/filters',
    );
  });
});

async function squareImage(file: string): Promise<RgbImage> {
  const { data, info } = await sharp(join(images, file))
    .resize(side, side, { fit: 'cover' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: side, height: side, data };
}

/** Its bundle is for browsers and workers, and runs in Node with the globals of one. */
async function loadLibrary(): Promise<FaceApi> {
  const file = join(dirname(directory), 'dist/face-api.esm.js');
  Object.assign(globalThis, { WorkerGlobalScope: class {} });
  // Its types would bring those of the DOM along.
  const faceApi = (await import(pathToFileURL(file).href)) as FaceApi;
  await faceApi.tf.setBackend('cpu');
  const manifest = await readFile(join(directory, 'tiny_face_detector_model-weights_manifest.json'), 'utf8');
  const bytes = await readFile(join(directory, 'tiny_face_detector_model.bin'));
  const [{ weights }] = JSON.parse(manifest) as [{ weights: unknown }];
  faceApi.nets.tinyFaceDetector.loadFromWeightMap(
    faceApi.tf.io.decodeWeights(new Uint8Array(bytes).buffer, weights),
  );
  return faceApi;
}
