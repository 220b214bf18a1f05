import { describe, expect, it } from 'vitest';
import { imagePlanKey } from './image-plan.ts';
import { parseImagePath } from './path.ts';
import { planImage } from './plan.ts';

function plan(path: string) {
  const url = parseImagePath(path);
  if (url.kind === 'fault') throw new Error(`${path}: ${url.option} ${url.message}`);
  const planned = planImage(url);
  if ('issues' in planned) throw new Error(JSON.stringify(planned.issues));
  return planned;
}

function issues(path: string) {
  const url = parseImagePath(path);
  if (url.kind === 'fault') throw new Error(url.message);
  const planned = planImage(url);
  return 'issues' in planned ? planned.issues : [];
}

describe('planning an image', () => {
  it.each([
    ['/300x200/k', '/300x200/center/middle/k'],
    ['/300x200/k', '/unsafe/300x200/filters:strip_exif():strip_icc():strip_metadata()/k'],
    ['/300x/k', '/300x0/k'],
    ['/300x200/k', '/300x200/filters:blur(0):brightness(0):saturation(0):hue(360):rotate(0):noise(0)/k'],
    ['/filters:quality(80)/k', '/filters:quality(10):quality(80)/k'],
    ['/filters:format(jpeg)/k', '/filters:format(JPG)/k'],
    ['/filters:background_color(f00)/k', '/filters:background_color(red)/k'],
    ['/filters:background_color(ff0000)/k', '/filters:background_color(%23FF0000)/k'],
    ['/stretch/10x10/k', '/10x10/filters:stretch()/k'],
    ['/fit-in/10x10/0x0/k', '/fit-in/10x10/k'],
    ['/10x10:5x5/9x9/k', '/9x9/k'],
    ['/filters:modulate(0,10,20)/k', '/filters:modulate(0,10,20):no_such_thing(1)/k'],
    ['/300x/filters:attachment(a.jpg)/k', '/300x/filters:attachment(b.jpg)/k'],
    ['/filters:focal(0.5,0.3)/k', '/filters:focal(0.5x0.3)/k'],
    ['/filters:focal(589,401)/k', '/filters:focal(589:401)/k'],
    ['/filters:focal(1x2:3x4)/k', '/filters:focal(1,2,3,4)/k'],
    ['/filters:rotate(180)/k', '/filters:rotate(540)/k'],
    ['/filters:rotate(270)/k', '/filters:rotate(-450)/k'],
    ['/filters:orient(90)/k', '/filters:orient(450)/k'],
    ['/filters:fill(ffffff)/k', '/filters:fill(ffff)/k'],
    ['/filters:fill(ff8800)/k', '/filters:fill(%23ff8800ff)/k'],
    ['/filters:fill(auto)/k', '/filters:fill(auto,top-left)/k'],
    ['/filters:fill(blur)/k', '/filters:fill(blur,true)/k'],
    ['/filters:noise(40)/k', '/filters:noise(40,7)/k'],
    ['/filters:watermark(a/b.png)/k', '/filters:watermark(b64:YS9iLnBuZw)/k'],
    ['/filters:proportion(0.333333333333)/k', '/filters:proportion(0.3333333333330)/k'],
  ])('is the same for %s and %s', (one, other) => {
    expect(imagePlanKey(plan(one).plan)).toBe(imagePlanKey(plan(other).plan));
  });

  it.each([
    [90, 270],
    [180, 180],
    [270, 90],
    [-90, 90],
  ])('turns counter-clockwise by %i degrees, which is %i clockwise', (asked, clockwise) => {
    expect(plan(`/filters:rotate(${asked})/k`).plan.steps).toEqual([{ do: 'rotate', degrees: clockwise }]);
    expect(plan(`/filters:orient(${asked})/k`).plan.orientDegrees).toBe(clockwise);
  });

  it('keeps the order of what is done to pixels', () => {
    const { steps } = plan('/filters:blur(4):grayscale():rotate(90)/k').plan;
    expect(steps.map((step) => step.do)).toEqual(['blur', 'grayscale', 'rotate']);
    expect(imagePlanKey(plan('/filters:invert():equalize()/k').plan)).not.toBe(
      imagePlanKey(plan('/filters:equalize():invert()/k').plan),
    );
  });

  it('names filters it does not know', () => {
    expect(plan('/filters:curve(1):red_eye():curve(2)/k').ignoredFilters).toEqual(['curve', 'red_eye']);
  });

  it.each([
    ['quality(0)', 'quality'],
    ['quality(101)', 'quality'],
    ['quality(abc)', 'quality'],
    ['quality(8.5)', 'quality'],
    ['quality()', 'quality'],
    ['quality(1e1)', 'quality'],
    ['format(bmp)', 'format'],
    ['rotate(45)', 'rotate'],
    ['brightness(101)', 'brightness'],
    ['rgb(1,2)', 'rgb'],
    ['fill(nocolour)', 'fill'],
    ['fill(constructor)', 'fill'],
    ['fill(auto,middle)', 'fill'],
    ['fill(ffffff80)', 'fill'],
    ['watermark(k,0,0,0,0)', 'watermark'],
    ['watermark(b64:%)', 'watermark'],
    ['watermark(b64:_w)', 'watermark'],
    ['proportion(0)', 'proportion'],
    ['focal(1)', 'focal'],
    ['focal(1x2:3)', 'focal'],
    ['focal(-1x2)', 'focal'],
    ['crop(0,0,0,10)', 'crop'],
    ['watermark()', 'watermark'],
    ['watermark(k,somewhere,0)', 'watermark'],
    ['label()', 'label'],
    ['round_corner(x)', 'round_corner'],
    ['grayscale(1)', 'grayscale'],
    ['trim(443)', 'trim'],
    ['trim(5,middle)', 'trim'],
    ['page(0)', 'page'],
    ['attachment(a%2Fb)', 'attachment'],
    ['label(%E0%A4%A)', 'label'],
  ])('refuses %s and says why', (filter, name) => {
    expect(issues(`/filters:${filter}/k`)).toEqual([
      { field: `filters.${name}`, message: expect.stringMatching(/^(takes|has)/) },
    ]);
  });

  it('names everything that is wrong at once', () => {
    const fields = issues('/filters:quality(x):blur(y)/k').map(({ field }) => field);
    expect(fields).toEqual(['filters.quality', 'filters.blur']);
  });

  it('bounds how many filters one URL may have', () => {
    expect(issues(`/filters:${'invert():'.repeat(31)}/k`)).toHaveLength(1);
  });

  it.each([
    ['10,20', { kind: 'pixels', value: 10, far: false }, { kind: 'pixels', value: 20, far: false }],
    ['-10,-0', { kind: 'pixels', value: 10, far: true }, { kind: 'pixels', value: 0, far: true }],
    ['20p,-20p', { kind: 'share', value: 0.2, far: false }, { kind: 'share', value: 0.2, far: true }],
    ['center,repeat', { kind: 'center' }, { kind: 'repeat' }],
    ['left,bottom', { kind: 'pixels', value: 0, far: false }, { kind: 'pixels', value: 0, far: true }],
    ['right-10,t-5', { kind: 'pixels', value: -10, far: true }, { kind: 'pixels', value: -5, far: false }],
    ['0.5,-.25', { kind: 'share', value: 0.5, far: false }, { kind: 'share', value: 0.25, far: true }],
  ])('reads the position %s of a watermark', (position, x, y) => {
    expect(plan(`/filters:watermark(app/dev/w.png,${position},30,50,none)/k`).plan.steps).toEqual([
      { do: 'watermark', key: 'app/dev/w.png', x, y, opacity: 0.7, width: 0.5 },
    ]);
  });

  it.each([
    ['300', 3, undefined],
    ['33.33,none', 0.3333, undefined],
    ['none,0.5', undefined, 0.005],
    ['12.7,75.25', 0.127, 0.7525],
  ])('reads the sides %s of a watermark as percent of the image', (sides, width, height) => {
    const close = (share: number | undefined) => (share === undefined ? undefined : expect.closeTo(share));
    const [step] = plan(`/filters:watermark(k,0,0,0,${sides})/k`).plan.steps;
    expect(step).toEqual({ ...step, width: close(width), height: close(height) });
  });

  it('takes the colour of either corner for what fill fills', () => {
    const far = { do: 'fill', fill: 'auto-bottom-right' };
    expect(plan('/filters:fill(auto,bottom-right)/k').plan.steps).toEqual([far]);
    expect(plan('/fit-in/10x10/1x2/filters:fill(AUTO,Bottom-Right)/k').plan.steps).toMatchObject([
      far,
      { do: 'pad', fill: 'auto-bottom-right' },
    ]);
  });

  it('lays padding around what fill fills, in its colour', () => {
    expect(plan('/fit-in/10x10/1x2/filters:fill(red)/k').plan.steps).toEqual([
      { do: 'fill', fill: 'ff0000' },
      { do: 'pad', fill: 'ff0000', sides: { left: 1, top: 2, right: 1, bottom: 2 } },
    ]);
    expect(plan('/10x10/1x2/k').plan.steps).toEqual([
      { do: 'pad', fill: 'transparent', sides: { left: 1, top: 2, right: 1, bottom: 2 } },
    ]);
  });

  it.each([
    ['rotate(90):fill(red)', [2, 1, 4, 3]],
    ['rotate(90):rotate(270):fill(red)', [1, 2, 3, 4]],
    ['rotate(180):fill(red)', [1, 2, 3, 4]],
    ['fill(red):rotate(90)', [1, 2, 3, 4]],
  ])('lays padding beside the sides that it names in the end, for %s', (filters, sides) => {
    const { steps } = plan(`/fit-in/10x10/1x2:3x4/filters:${filters}/k`).plan;
    const pad = steps.find((step) => step.do === 'pad');
    const [left, top, right, bottom] = sides;
    expect(pad).toMatchObject({ sides: { left, top, right, bottom } });
  });

  it.each([
    ['', 'top-left', 0],
    ['50', 'top-left', 50],
    ['50,bottom-right', 'bottom-right', 50],
    [',bottom-right', 'bottom-right', 0],
  ])('reads trim(%s), which is done in its turn', (args, from, tolerance) => {
    const { steps, trim } = plan(`/10x10/filters:blur(2):trim(${args})/k`).plan;
    expect(trim).toBeUndefined();
    expect(steps).toEqual([expect.anything(), { do: 'trim', from, tolerance }]);
  });

  it('reads both ways of writing round corners', () => {
    const corner = { do: 'round-corner', radiusX: 20, radiusY: 30 };
    expect(plan('/filters:round_corner(20|30,255,0,16)/k').plan.steps).toEqual([
      { ...corner, colour: 'ff0010' },
    ]);
    expect(plan('/filters:round_corner(20,30,white)/k').plan.steps).toEqual([
      { ...corner, colour: 'ffffff' },
    ]);
    expect(plan('/filters:round_corner(20|30)/k').plan.steps).toEqual([{ ...corner, colour: 'transparent' }]);
  });

  it('gives meta the placeholders of the URL', () => {
    expect(plan('/meta/filters:blurhash(5,4):thumbhash()/k').plan.meta).toEqual({
      blurhash: { x: 5, y: 4 },
      thumbhash: true,
      averageColour: false,
    });
    expect(plan('/300x200/k').plan.meta).toBeUndefined();
  });
});
