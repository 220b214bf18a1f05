import sharp from 'sharp';
import type { Service } from '../service.ts';

/** 12 megapixels with shapes, colours and grain. */
export async function makePhotograph(): Promise<Buffer> {
  const [width, height] = [4000, 3000];
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#f80"/><stop offset="1" stop-color="#04f"/></linearGradient></defs>
    <rect width="${width}" height="${height}" fill="url(#g)"/><circle cx="2900" cy="900" r="500" fill="#fff"/>
    <path d="M500 2800 L1200 1200 L1900 2800 Z" fill="#400"/></svg>`;
  const grain = {
    create: {
      width,
      height,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 20 },
    },
  } as const;
  const grained = await sharp(grain).png({ compressionLevel: 1 }).toBuffer();
  return sharp(Buffer.from(scene))
    .composite([{ input: grained, blend: 'soft-light' }])
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** Uploads a public image as a client would; returns its key. */
export async function publish(service: Service, bytes: Buffer): Promise<string> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`${service.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': service.secretKey },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return JSON.parse(await answer.text());
  };
  const about = { filename: 'photo.jpg', contentType: 'image/jpeg', visibility: 'public' };
  const { url, key }: { url: string; key: string } = await ask('/v1/files/presigned-url', about);
  const stored = await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'image/jpeg' },
    body: new Uint8Array(bytes),
  });
  if (!stored.ok) throw new Error(`PUT: ${stored.status}`);
  await ask('/v1/files', {
    s3Key: key,
    originalName: 'photo.jpg',
    mimeType: 'image/jpeg',
    size: bytes.length,
  });
  return key;
}
