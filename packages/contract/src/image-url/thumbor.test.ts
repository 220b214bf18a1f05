import { describe, expect, it } from 'vitest';
import { parseImagePath } from './path.ts';

/** URLs made for Thumbor and imagor, with the parts that their grammars give them. */

const nothing = { kind: 'image', meta: false, stretch: false, smart: false, filters: [], key: 'a/b.jpg' };
const unsafe = { kind: 'unsafe' };
const flips = { flipX: false, flipY: false };

describe('URLs of other Thumbor servers', () => {
  it.each([
    ['/unsafe/a/b.jpg', { access: unsafe }],
    ['unsafe/a/b.jpg', { access: unsafe }],
    ['//unsafe/a/b.jpg', { access: unsafe }],
    ['/unsafe/meta/a/b.jpg', { access: unsafe, meta: true }],
    [
      '/8ammJH8D-7tXy6kU3lTvoXlhu4o=/a/b.jpg',
      { access: { kind: 'hmac', signature: '8ammJH8D-7tXy6kU3lTvoXlhu4o=' } },
    ],
    [
      '/8ammJH8D-7tXy6kU3lTvoXlhu4o%3D/a/b.jpg',
      { access: { kind: 'hmac', signature: '8ammJH8D-7tXy6kU3lTvoXlhu4o=' } },
    ],
    ['/trim/a/b.jpg', { trim: { from: 'top-left', tolerance: 0 } }],
    ['/trim:bottom-right/a/b.jpg', { trim: { from: 'bottom-right', tolerance: 0 } }],
    ['/trim:50/a/b.jpg', { trim: { from: 'top-left', tolerance: 50 } }],
    ['/trim:top-left:200/a/b.jpg', { trim: { from: 'top-left', tolerance: 200 } }],
    ['/10x20:30x40/a/b.jpg', { crop: { left: 10, top: 20, right: 30, bottom: 40 } }],
    ['/0.1x0.02:.3x1/a/b.jpg', { crop: { left: 0.1, top: 0.02, right: 0.3, bottom: 1 } }],
    ['/fit-in/a/b.jpg', { fitIn: { adaptive: false, full: false } }],
    ['/full-fit-in/a/b.jpg', { fitIn: { adaptive: false, full: true } }],
    ['/adaptive-fit-in/a/b.jpg', { fitIn: { adaptive: true, full: false } }],
    ['/adaptive-full-fit-in/a/b.jpg', { fitIn: { adaptive: true, full: true } }],
    ['/stretch/10x20/a/b.jpg', { stretch: true, size: { width: 10, height: 20, ...flips } }],
    ['/0x0/a/b.jpg', { size: { width: 0, height: 0, ...flips } }],
    ['/x/a/b.jpg', { size: { width: 0, height: 0, ...flips } }],
    ['/-x-/a/b.jpg', { size: { width: 0, height: 0, flipX: true, flipY: true } }],
    ['/-300x/a/b.jpg', { size: { width: 300, height: 0, flipX: true, flipY: false } }],
    ['/x-200/a/b.jpg', { size: { width: 0, height: 200, flipX: false, flipY: true } }],
    ['/-0x-0/a/b.jpg', { size: { width: 0, height: 0, flipX: true, flipY: true } }],
    ['/origxorig/a/b.jpg', { size: { width: 'orig', height: 'orig', ...flips } }],
    ['/-origx-100/a/b.jpg', { size: { width: 'orig', height: 100, flipX: true, flipY: true } }],
    [
      '/300x200/0x20/a/b.jpg',
      { size: { width: 300, height: 200, ...flips }, padding: { left: 0, top: 20, right: 0, bottom: 20 } },
    ],
    [
      '/300x200/1x2:3x4/a/b.jpg',
      { size: { width: 300, height: 200, ...flips }, padding: { left: 1, top: 2, right: 3, bottom: 4 } },
    ],
    [
      '/1x2:3x4/5x6:7x8/a/b.jpg',
      {
        crop: { left: 1, top: 2, right: 3, bottom: 4 },
        size: { width: 0, height: 0, ...flips },
        padding: { left: 5, top: 6, right: 7, bottom: 8 },
      },
    ],
    ['/right/bottom/a/b.jpg', { halign: 'right', valign: 'bottom' }],
    ['/middle/smart/a/b.jpg', { valign: 'middle', smart: true }],
    ['/filters:/a/b.jpg', {}],
    ['/filters:grayscale()/a/b.jpg', { filters: [{ name: 'grayscale', args: '' }] }],
    ['/filters:quality(80):/a/b.jpg', { filters: [{ name: 'quality', args: '80' }] }],
    [
      '/filters:rgb(10,-20,30):fill(#fff)/a/b.jpg',
      {
        filters: [
          { name: 'rgb', args: '10,-20,30' },
          { name: 'fill', args: '#fff' },
        ],
      },
    ],
    [
      '/filters:watermark(s3/c d/w.png,repeat,bottom,10):label(x:y (z)/w,1)/a/b.jpg',
      {
        filters: [
          { name: 'watermark', args: 's3/c d/w.png,repeat,bottom,10' },
          { name: 'label', args: 'x:y (z)/w,1' },
        ],
      },
    ],
    [
      '/filters:watermark(http://host:80/a(1).png,0,0,0)/a/b.jpg',
      { filters: [{ name: 'watermark', args: 'http://host:80/a(1).png,0,0,0' }] },
    ],
    [
      '/filters:focal(11x22:33x44):focal(0.1x0.2:0.3x0.4)/a/b.jpg',
      {
        filters: [
          { name: 'focal', args: '11x22:33x44' },
          { name: 'focal', args: '0.1x0.2:0.3x0.4' },
        ],
      },
    ],
    ['/filters%3Aquality%2880%29/a/b.jpg', { filters: [{ name: 'quality', args: '80' }] }],
    ['/b64:YS9iLmpwZw', {}],
    ['/b64:YS9iLmpwZw==', {}],
  ])('%s', (path, said) => {
    expect(parseImagePath(path)).toEqual({ ...nothing, ...said });
  });

  it.each([
    ['/http://host/a.jpg', 'http://host/a.jpg'],
    ['/300x200/https%3A%2F%2Fhost%2Fa%20b.jpg%3Fx%3D1', 'https://host/a b.jpg?x=1'],
    ['/300x200/a+b.jpg', 'a+b.jpg'],
    ['/300x200/%ED%95%9C%EA%B8%80.jpg', '한글.jpg'],
    ['/fit-in/300x200/a:b(c).jpg', 'a:b(c).jpg'],
    ['/300x200/filter/b.jpg', 'filter/b.jpg'],
    ['/300x200/lefty/smarter.jpg', 'lefty/smarter.jpg'],
    ['/300x200/trimmed/metal/b.jpg', 'trimmed/metal/b.jpg'],
    ['/300x200/a//b.jpg', 'a//b.jpg'],
    ['/10x10//a/b.jpg', 'a/b.jpg'],
    ['/unsafe//a/b.jpg', 'a/b.jpg'],
    ['/10x10/filters:blur(2)///a/b.jpg', 'a/b.jpg'],
    ['/10x10/%2Fa%2Fb.jpg', '/a/b.jpg'],
    ['/smart', 'smart'],
    ['/300x200', '300x200'],
    ['/abcdefgh/a.jpg', 'abcdefgh/a.jpg'],
  ])('%s names the key %s', (path, key) => {
    expect(parseImagePath(path)).toMatchObject({ key });
  });
});
