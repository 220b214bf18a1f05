import sharp from 'sharp';

/** Images made here, so that nothing has to be carried along and every pixel is known. */

/** Colours that vary over the whole, with one bright thing at the upper right. */
export function scenery(width = 800, height = 600): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" width="${width}" height="${height}" preserveAspectRatio="none">
      <defs><linearGradient id="sky" x2="1" y2="1"><stop stop-color="#f80"/><stop offset="1" stop-color="#04f"/></linearGradient></defs>
      <rect width="800" height="600" fill="url(#sky)"/>
      <circle cx="650" cy="150" r="90" fill="#fff"/>
      <rect x="60" y="380" width="200" height="160" fill="#083"/>
      <path d="M300 560 L420 300 L540 560 Z" fill="#400"/>
    </svg>`,
  );
}

export function photograph(width = 800, height = 600): Promise<Buffer> {
  return sharp(scenery(width, height)).jpeg({ quality: 92 }).toBuffer();
}

/** A disc on nothing. */
export function logo(size = 120): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><circle cx="${size / 2}" cy="${size / 2}" r="${size / 2}" fill="#e0f"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

const frameColours = ['#ff0000', '#00ff00', '#0000ff'];

/** Red, green, blue; 100, 200 and 300 ms. */
export async function animation(format: 'gif' | 'webp' = 'gif', width = 120, height = 80): Promise<Buffer> {
  const frames = await Promise.all(frameColours.map((colour) => plain(colour, width, height)));
  const joined = sharp(frames, { join: { animated: true } });
  const timing = { delay: [100, 200, 300], loop: 0 };
  return format === 'gif'
    ? joined.gif(timing).toBuffer()
    : joined.webp({ ...timing, lossless: true }).toBuffer();
}

export function plain(colour: string, width = 100, height = 100): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer();
}

/** Four quarters, red and green above blue and white, stored so that this orientation shows them upright. */
export async function turned(orientation: number): Promise<Buffer> {
  const upright = await sharp(quarters(80, 60)).png().toBuffer();
  const quarterTurned = (degrees: number) => sharp(upright).rotate(degrees).png().toBuffer();
  const stored = [
    async () => sharp(upright),
    async () => sharp(upright).flop(),
    async () => sharp(upright).rotate(180),
    async () => sharp(upright).flip(),
    async () => sharp(await quarterTurned(90)).flop(),
    async () => sharp(upright).rotate(270),
    async () => sharp(await quarterTurned(270)).flop(),
    async () => sharp(upright).rotate(90),
  ][orientation - 1];
  if (!stored) throw new Error(`there is no orientation ${orientation}`);
  return sharp(await (await stored()).png().toBuffer())
    .withMetadata({ orientation })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

export function quarters(width: number, height: number): Buffer {
  const [w, h] = [width / 2, height / 2];
  const rect = (x: number, y: number, colour: string) =>
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colour}"/>`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rect(0, 0, '#f00')}${rect(w, 0, '#0f0')}${rect(0, h, '#00f')}${rect(w, h, '#fff')}</svg>`,
  );
}
