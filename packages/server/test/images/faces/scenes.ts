import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import type { Box, Size } from '../../../src/images/transform/geometry/size.ts';

/** An image and the boxes of its faces: from the hair to the chin, from ear to ear. */
export interface Scene {
  readonly name: string;
  readonly image: Buffer;
  readonly faces: readonly Box[];
}

/** A photograph of a person. */
interface Sitter {
  readonly file: string;
  readonly face: Box;
  /** The part that is cut out of the photograph, with soft edges. */
  readonly cutout: Box;
}

const sitters = {
  astronaut: {
    file: 'astronaut.jpg',
    face: { left: 176, top: 70, width: 98, height: 121 },
    cutout: { left: 95, top: 0, width: 265, height: 300 },
  },
  photographer: {
    file: 'photographer.jpg',
    face: { left: 178, top: 104, width: 86, height: 96 },
    cutout: { left: 90, top: 40, width: 250, height: 260 },
  },
} as const satisfies Record<string, Sitter>;

/** A person in an image. */
interface Placed {
  readonly sitter: keyof typeof sitters;
  /** Centre of the face, in shares of the image. */
  readonly x: number;
  readonly y: number;
  /** Height of the face in pixels. */
  readonly height: number;
  readonly flipped?: boolean;
  readonly brightness?: number;
  readonly saturation?: number;
  readonly turnedDegrees?: number;
  readonly blur?: number;
}

const landscape: Size = { width: 900, height: 600 };
const portrait: Size = { width: 600, height: 900 };

/** Backgrounds; their bright objects draw attention away from the faces. */
const backgrounds = {
  gradient: () => drawn(`<rect width="900" height="600" fill="url(#g)"/>`),
  wall: () =>
    drawn(
      `<rect width="900" height="600" fill="#8a8f96"/><filter id="n"><feTurbulence baseFrequency=".8" numOctaves="2" seed="3"/><feColorMatrix type="saturate" values="0"/></filter><rect width="900" height="600" filter="url(#n)" opacity=".35"/>`,
    ),
  hills: () =>
    drawn(
      `<rect width="900" height="600" fill="#9fd0f5"/><circle cx="760" cy="110" r="60" fill="#ffd21f"/><path d="M0 420 Q220 260 450 400 T900 360 V600 H0Z" fill="#3d8b3d"/><path d="M0 500 Q300 420 900 520 V600 H0Z" fill="#2a5d2a"/>`,
    ),
  signs: () =>
    drawn(
      `<rect width="900" height="600" fill="#d9d4c8"/><circle cx="450" cy="300" r="110" fill="#e10600"/><rect x="370" y="280" width="160" height="40" fill="#fff"/><rect x="700" y="60" width="150" height="90" fill="#005bbb"/><text x="712" y="122" font-size="50" font-family="sans-serif" fill="#ffd500">EXIT</text>`,
    ),
  chessboard: () =>
    drawn(
      `<rect width="900" height="600" fill="#777"/><pattern id="c" width="40" height="40" patternUnits="userSpaceOnUse"><rect width="20" height="20"/><rect x="20" y="20" width="20" height="20"/><rect x="20" width="20" height="20" fill="#fff"/><rect y="20" width="20" height="20" fill="#fff"/></pattern><rect x="520" y="300" width="320" height="260" fill="url(#c)"/>`,
    ),
  balls: () =>
    drawn(
      `<rect width="900" height="600" fill="url(#g)"/>${[0, 1, 2, 3, 4, 5, 6].map((i) => `<circle cx="${90 + i * 120}" cy="${480 - (i % 3) * 30}" r="55" fill="hsl(${i * 51} 90% 50%)"/>`).join('')}`,
    ),
  bricks: () =>
    drawn(
      `<rect width="900" height="600" fill="#b9c4cc"/><pattern id="b" width="60" height="40" patternUnits="userSpaceOnUse"><rect width="60" height="40" fill="#f2d3bd"/><rect x="2" y="2" width="56" height="16" fill="#d9783c"/><rect x="-28" y="22" width="56" height="16" fill="#c9602f"/><rect x="32" y="22" width="56" height="16" fill="#c9602f"/></pattern><rect x="330" y="150" width="300" height="300" fill="url(#b)"/>`,
    ),
  flowers: () =>
    drawn(
      `<rect width="900" height="600" fill="#5c7a4c"/>${[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((i) => `<g transform="translate(${330 + (i % 4) * 80} ${200 + Math.floor(i / 4) * 90})">${[0, 72, 144, 216, 288].map((turn) => `<ellipse cy="-22" rx="12" ry="20" fill="${i % 2 ? '#ff8fa3' : '#ffb26b'}" transform="rotate(${turn})"/>`).join('')}<circle r="9" fill="#6b2d00"/></g>`).join('')}`,
    ),
  coffee: () => photograph('coffee.jpg'),
  rocket: () => photograph('rocket.jpg'),
} as const;

function drawn(shapes: string): Sharp {
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 600" width="900" height="600"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#31465f"/><stop offset="1" stop-color="#c9b79c"/></linearGradient></defs>${shapes}</svg>`,
    ),
  );
}

function photograph(file: string): Sharp {
  return sharp(join(import.meta.dirname, file));
}

async function makeScene(
  name: string,
  {
    background,
    size,
    people,
  }: { background: keyof typeof backgrounds; size: Size; people: readonly Placed[] },
): Promise<Scene> {
  const behind = backgrounds[background]().resize({ ...size, fit: 'cover' });
  const placed = await Promise.all(people.map((person) => compose(person, size)));
  const image = await behind
    .flatten()
    .toColourspace('srgb')
    .composite(placed.map(({ overlay }) => overlay))
    .jpeg({ quality: 88 })
    .toBuffer();
  return { name, image, faces: placed.map(({ face }) => face) };
}

/** Cuts a person out, changes the look, and computes the box of the face. */
async function compose(person: Placed, size: Size): Promise<{ overlay: OverlayOptions; face: Box }> {
  const { file, face, cutout } = sitters[person.sitter];
  const factor = person.height / face.height;
  const width = Math.round(cutout.width * factor);
  const height = Math.round(cutout.height * factor);
  let image = photograph(file).extract(cutout).resize(width, height, { fit: 'fill' }).toColourspace('srgb');
  if (person.flipped) image = image.flop();
  if (person.blur !== undefined) image = image.blur(person.blur);
  image = image.modulate({ brightness: person.brightness ?? 1, saturation: person.saturation ?? 1 });
  const soft = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><radialGradient id="s"><stop offset=".8" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><rect width="100%" height="100%" fill="url(#s)"/></svg>`,
  );
  const edged = await image
    .ensureAlpha()
    .composite([{ input: soft, blend: 'dest-in' }])
    .png()
    .toBuffer();
  // The middle of the face relative to the middle of the cutout, which turning does not move.
  const radians = ((person.turnedDegrees ?? 0) * Math.PI) / 180;
  const side = person.flipped ? -1 : 1;
  const dx = side * (face.left + face.width / 2 - cutout.left - cutout.width / 2) * factor;
  const dy = (face.top + face.height / 2 - cutout.top - cutout.height / 2) * factor;
  const [turnedX, turnedY] = [
    dx * Math.cos(radians) - dy * Math.sin(radians),
    dx * Math.sin(radians) + dy * Math.cos(radians),
  ];
  const turned = await sharp(edged)
    .rotate(person.turnedDegrees ?? 0, { background: '#0000' })
    .png()
    .toBuffer({ resolveWithObject: true });
  const centre = { x: person.x * size.width, y: person.y * size.height };
  const left = Math.round(centre.x - turnedX - turned.info.width / 2);
  const top = Math.round(centre.y - turnedY - turned.info.height / 2);
  const cut = {
    left: Math.max(0, -left),
    top: Math.max(0, -top),
    right: Math.min(turned.info.width, size.width - left),
    bottom: Math.min(turned.info.height, size.height - top),
  };
  const input = await sharp(turned.data)
    .extract({ left: cut.left, top: cut.top, width: cut.right - cut.left, height: cut.bottom - cut.top })
    .png()
    .toBuffer();
  const faceWidth = face.width * factor;
  return {
    overlay: { input, left: left + cut.left, top: top + cut.top },
    face: {
      left: centre.x - faceWidth / 2,
      top: centre.y - person.height / 2,
      width: faceWidth,
      height: person.height,
    },
  };
}

/** Faces at many positions, sizes and in many lights: the same each time. */
export async function scenesWithFaces(): Promise<Scene[]> {
  const names = Object.keys(backgrounds) as (keyof typeof backgrounds)[];
  const points = [
    [0.14, 0.25],
    [0.84, 0.72],
    [0.3, 0.75],
    [0.7, 0.24],
    [0.5, 0.5],
  ] as const;
  const looks: Partial<Placed>[] = [
    { height: 120 },
    { height: 90, flipped: true, brightness: 0.7 },
    { height: 150, brightness: 1.25, turnedDegrees: 10 },
    { height: 75, saturation: 0 },
    { height: 180, flipped: true, turnedDegrees: -15 },
    { height: 105, brightness: 0.5, saturation: 1.4 },
    { height: 60 },
    { height: 135, blur: 2, saturation: 0.6 },
  ];
  const alone = names.flatMap((background, b) =>
    points.map(([x, y], p) => {
      const index = b * points.length + p;
      const look = looks[(index * 3) % looks.length];
      const size = index % 4 === 3 ? portrait : landscape;
      const sitter = index % 3 === 2 ? 'photographer' : 'astronaut';
      return makeScene(`${background} ${index}`, {
        background,
        size,
        people: [{ sitter, x, y, height: 120, ...look }],
      });
    }),
  );
  const together = names.map((background, index) =>
    makeScene(`${background}, two`, {
      background,
      size: landscape,
      people: [
        { sitter: 'astronaut', x: 0.2 + 0.02 * index, y: 0.3, height: 120 - 5 * index },
        {
          sitter: index % 2 ? 'photographer' : 'astronaut',
          x: 0.5,
          y: 0.3 + 0.03 * index,
          height: 90,
          flipped: true,
        },
      ],
    }),
  );
  return Promise.all([...alone, ...together]);
}

/** Images without a person. */
export async function scenesWithoutFaces(): Promise<Scene[]> {
  const names = Object.keys(backgrounds) as (keyof typeof backgrounds)[];
  const empty = names.map((background) =>
    makeScene(`${background}, nobody`, { background, size: landscape, people: [] }),
  );
  const cat = { name: 'cat', image: await readFile(join(import.meta.dirname, 'cat.jpg')), faces: [] };
  return [...(await Promise.all(empty)), cat];
}
