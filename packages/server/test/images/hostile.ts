import { crc32, deflateSync } from 'node:zlib';

/** Files made to do harm. All are small, and claim to be large. */

/** A PNG of one colour whose header says how large it is, honestly or not. */
export function pngBomb(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits of grey.
  header.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc((width + 1) * rows), { level: 9 });
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** A number of frames that fill the canvas, with hardly any data. */
export function gifBomb({
  width,
  height,
  frames,
}: {
  width: number;
  height: number;
  frames: number;
}): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16LE(width, 0);
  size.writeUInt16LE(height, 2);
  const head = Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    size,
    Buffer.from('\x80\0\0\0\0\0\xff\xff\xff', 'latin1'),
  ]);
  const loop = Buffer.from('!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0', 'latin1');
  const frame = Buffer.concat([
    Buffer.from('!\xf9\x04\0\x01\0\0\0,\0\0\0\0', 'latin1'),
    size,
    Buffer.from('\0\x02\x02D\x01\0', 'latin1'),
  ]);
  return Buffer.concat([head, loop, ...Array<Buffer>(frames).fill(frame), Buffer.from(';')]);
}

/** A TIFF of one strip that says how large it is. */
export function tiffBomb(width: number, height: number): Buffer {
  const entries: [tag: number, value: number][] = [
    [256, width],
    [257, height],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, height],
    [279, 16],
  ];
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [index, [tag, value]] of entries.entries()) {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    // A LONG, of which there is one.
    directory.writeUInt16LE(4, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  const head = Buffer.from('II*\0....', 'latin1');
  head.writeUInt32LE(24, 4);
  return Buffer.concat([head, Buffer.alloc(16), directory]);
}

/** Entities that grow to gigabytes when they are written out. */
export function laughingSvg(): Buffer {
  const entities = Array.from({ length: 10 }, (_, index) => {
    const before = index === 0 ? 'ha' : `&e${index - 1};`.repeat(10);
    return `<!ENTITY e${index} "${before}">`;
  });
  return svg(`<text y="20">&e9;</text>`, `<!DOCTYPE svg [${entities.join('')}]>`);
}

/** Copies of copies of copies. */
export function multiplyingSvg(): Buffer {
  const groups = Array.from({ length: 12 }, (_, index) => {
    const uses = `<use href="#g${index}"/>`.repeat(10);
    return `<g id="g${index + 1}">${uses}</g>`;
  });
  return svg(`<defs><rect id="g0" width="9" height="9"/>${groups.join('')}</defs><use href="#g12"/>`);
}

/** A few bytes, or a few hundred kilobytes, that take librsvg from seconds to hours, each in another way. */
export function endlessSvgs(): Readonly<Record<string, Buffer>> {
  const corners = Array.from({ length: 60_000 }, (_, i) => `L${(i * 7919) % 100} ${(i * 104_729) % 100}`);
  return {
    'copies of copies': multiplyingSvg(),
    'a path that crosses itself': svg(`<path d="M0 0 ${corners.join(' ')}"/>`),
    'letters upon letters': svg(`<text y="20">${'hello '.repeat(300_000)}</text>`),
  };
}

/** An SVG with scripts, links and files that a browser would run, fetch or read. */
export function reachingSvg(url: string): Buffer {
  return svg(
    `<script>fetch("${url}")</script><image href="${url}/image" width="50" height="50"/>
     <image href="file:///etc/passwd" width="50" height="50"/><foreignObject><body xmlns="http://www.w3.org/1999/xhtml">
     <iframe src="${url}/frame"></iframe></body></foreignObject><style>@import url("${url}/style");</style>&file;`,
    `<!DOCTYPE svg [<!ENTITY file SYSTEM "file:///etc/passwd">]>`,
  );
}

export function hugeSvg(): Buffer {
  return Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="1000000" height="1000000"><rect width="1" height="1"/></svg>',
  );
}

function svg(content: string, doctype = ''): Buffer {
  return Buffer.from(
    `<?xml version="1.0"?>${doctype}<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">${content}</svg>`,
  );
}

/** A PNG behind whose end a script waits, or a script that begins like a GIF. */
export function polyglot(image: Buffer): Buffer {
  return Buffer.concat([image, Buffer.from('<html><script>alert(1)</script></html>')]);
}

export function scriptThatSaysGif(): Buffer {
  return Buffer.from('GIF89a/*\0\0\0*/=1;alert(1);//');
}
