import type { FileView } from '@bkend/storage-contract';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { expectAlive } from './alive.ts';
import { askFrom, medianMs, type TimedAnswer } from './ask-from.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

/** Seconds that one request may cost, and a slow machine in a busy moment. */
const budgetMs = 5_000;
const slackMs = 2_000;
const attacker = '127.0.0.66';
const visitor = '127.0.0.7';

let tenant: AttackedTenant;
let mine: FileView;
let theirs: FileView;
let large: FileView;
beforeAll(async () => {
  tenant = await createAttackedTenant();
  mine = await uploadImage('alice', await photo(1600, 1200));
  theirs = await uploadImage('mallory', await photo(1600, 1200));
  large = await uploadImage('mallory', await photo(7000, 7000));
});
afterAll(expectAlive);

async function photo(width: number, height: number): Promise<Buffer> {
  const small = sharp({
    create: {
      width: 64,
      height: 64,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
  return sharp(await small.png().toBuffer())
    .resize(width, height, { fit: 'fill' })
    .jpeg()
    .toBuffer();
}

function uploadImage(userId: string, bytes: Buffer, mimeType = 'image/jpeg'): Promise<FileView> {
  return uploadFile(tenant.user(userId), {
    bytes: new Uint8Array(bytes),
    mimeType,
    originalName: mimeType.includes('svg') ? 'p.svg' : 'p.jpg',
    visibility: 'public',
  });
}

const urlOf = ({ url = '', key }: FileView, options: string) =>
  `${url.slice(0, -key.length)}${options}/${key}`;
let numbers = 0;
function nextNumber(): number {
  numbers += 1;
  return numbers;
}
/** A size of it that was not requested before. */
const newSize = (file: FileView, options = '') => urlOf(file, `${200 + nextNumber()}x150${options}`);
const visit = () => askFrom(visitor, newSize(mine));

/** Requests under way, however they end; `ended` resolves when all have. */
function flood(urls: readonly string[]) {
  const answers: TimedAnswer[] = [];
  const ended = Promise.all(
    urls.map(async (url) => {
      const answer = await askFrom(attacker, url).catch(() => ({ status: 0, ms: 0 }));
      answers.push(answer);
    }),
  );
  return { answers, ended };
}

/** The most that the grammar of image URLs lets one ask for. */
const maximal = Array.from({ length: 8 }, (_, index) => {
  const blurs = Array.from({ length: 26 }, () => `blur(${150 - index})`).join(':');
  return `8000x6200/filters:upscale():${blurs}:quality(10)`;
});

describe('another visitor’s images', () => {
  it('come as quickly, nearly, while 64 equal costly ones are asked for', async () => {
    const quiet = await medianMs(9, visit);
    const { answers, ended } = flood(Array.from({ length: 64 }, () => newSize(theirs, '/filters:blur(20)')));
    const busy = await medianMs(9, visit);
    await ended;
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(busy).toBeLessThan(Math.max(6 * quiet, quiet + 1_000));
  });

  it('come within one budget while the costliest there are are asked for', async () => {
    const quiet = await medianMs(5, visit);
    const { answers, ended } = flood(maximal.map((options) => urlOf(theirs, options)));
    const busy = await medianMs(5, visit);
    await ended;
    expect(busy).toBeLessThan(quiet + budgetMs + slackMs);
    for (const { status } of answers) expect(status).not.toBe(500);
    // Refused or ended work is over: nothing continues behind the answer.
    expect(await medianMs(5, visit)).toBeLessThan(Math.max(6 * quiet, quiet + 1_000));
  });

  it('come within one budget while large ones are decoded', async () => {
    const quiet = await medianMs(5, visit);
    const { ended } = flood(Array.from({ length: 16 }, () => newSize(large, '/smart/filters:format(avif)')));
    const busy = await medianMs(5, visit);
    await ended;
    expect(busy).toBeLessThan(quiet + budgetMs + slackMs);
  });
});

describe('the most expensive rendition', () => {
  it('has its answer within the deadline, and does not hold its slot any longer', async () => {
    const [options = ''] = maximal;
    const { status, ms } = await askFrom(attacker, urlOf(large, options));
    expect(ms).toBeLessThan(15_000 + slackMs);
    expect([200, 400, 422, 503]).toContain(status);
    const { ms: after } = await visit();
    expect(after).toBeLessThan(slackMs);
  });
});

describe('drawings', () => {
  const plain = () =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="30" height="30" fill="#${nextNumber().toString(16).padStart(6, '0')}"/></svg>`,
    );
  /** Seconds of drawing each: filters within filters, over everything. */
  const elaborate = (index: number) => {
    const blurs = Array.from(
      { length: 60 },
      (_, step) => `<feGaussianBlur stdDeviation="${40 + step + index}"/>`,
    ).join('');
    const shapes = Array.from(
      { length: 400 },
      (_, step) => `<circle cx="${step * 5}" cy="${step * 4}" r="900" filter="url(#f)"/>`,
    ).join('');
    return Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="4000"><filter id="f">${blurs}</filter>${shapes}</svg>`,
    );
  };

  it('of another owner are drawn within one budget, while elaborate ones wait', async () => {
    const svg = 'image/svg+xml';
    const quick = await uploadImage('alice', plain(), svg);
    const heavy = await Promise.all(
      Array.from({ length: 6 }, (_, index) => uploadImage('mallory', elaborate(index), svg)),
    );
    const draw = () => askFrom(visitor, newSize(quick, '/filters:format(png)'));
    const quiet = await medianMs(3, draw);
    const { ended } = flood(heavy.map((file) => newSize(file, '/filters:format(png)')));
    const busy = await medianMs(3, draw);
    await ended;
    expect(busy).toBeLessThan(quiet + budgetMs + slackMs);
  });

  const outside: Record<string, string> = {
    'a file': '<image href="file:///etc/passwd" width="9" height="9"/>',
    'another host': '<image href="http://127.0.0.1:9/x.png" width="9" height="9"/>',
    'an entity of a file': '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><text>&x;</text>',
    'entities of entities': `<!DOCTYPE s [${Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')}<!ENTITY e0 "x">]><text>&e9;</text>`,
    'itself, by use': '<g id="a"><use href="#a"/></g>',
    'a script': '<script>for(;;);</script>',
  };
  it.each(Object.entries(outside))('that reach for %s get an answer, soon', async (_, inner) => {
    const doctype = /^<!DOCTYPE.*\]>/.exec(inner)?.[0] ?? '';
    const drawing = `<?xml version="1.0"?>${doctype}<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">${inner.slice(doctype.length)}</svg>`;
    // Not by the owner whose elaborate drawings were ended, and whose further ones are refused for a minute.
    const file = await uploadImage('oscar', Buffer.from(drawing), 'image/svg+xml');
    const { status, ms } = await askFrom(attacker, newSize(file, '/filters:format(png)'));
    expect(status).toBeLessThan(500);
    expect(ms).toBeLessThan(budgetMs + slackMs);
  });
});

describe('an image whose header claims more than it holds', () => {
  /** A PNG of these measures (PNG Specification, section 11.2.2) without a single pixel. */
  function emptyPng(width: number, height: number): Buffer {
    const png = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080200000000000000', 'hex');
    png.writeUInt32BE(width, 16);
    png.writeUInt32BE(height, 20);
    return png;
  }
  it.each([
    [50_000, 50_000],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [1, 2 ** 31 - 1],
    [0, 0],
  ])('of %s × %s pixels is refused at once', async (width, height) => {
    const file = await uploadImage('mallory', emptyPng(width, height), 'image/png');
    const { status, ms } = await askFrom(attacker, newSize(file));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(ms).toBeLessThan(slackMs);
  });
});
