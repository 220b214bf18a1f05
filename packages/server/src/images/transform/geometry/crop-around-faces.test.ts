import { describe, expect, it } from 'vitest';
import { aroundFaces, facesWithin } from './crop-box.ts';

const face = (left: number, top: number, side: number) => ({ left, top, width: side, height: side });
const crop = { width: 200, height: 200 };

describe('a crop around faces', () => {
  it('has a face alone in its middle', () => {
    expect(aroundFaces(crop, [face(300, 100, 50)])).toEqual({ x: 325, y: 125 });
  });

  it('goes around the centre of mass of several', () => {
    expect(aroundFaces(crop, [face(0, 0, 40), face(60, 0, 20)])).toEqual({
      x: (20 * 4 + 70) / 5,
      y: (20 * 4 + 10) / 5,
    });
  });

  it('is moved until it cuts none that could be whole', () => {
    const { x } = aroundFaces(crop, [face(0, 0, 100), face(160, 0, 40)]);
    expect(x).toBe(100);
  });

  it('leaves out the smaller ones when not all of them fit', () => {
    expect(aroundFaces(crop, [face(900, 0, 30), face(0, 0, 60), face(100, 0, 40)])).toMatchObject({
      x: expect.closeTo((30 * 3600 + 120 * 1600) / 5200),
    });
  });

  it('shows the middle of a face that is larger than itself', () => {
    expect(aroundFaces(crop, [face(100, 100, 400), face(0, 0, 10)])).toEqual({ x: 300, y: 300 });
  });

  it('minds only the faces whose middle is in its part of the image', () => {
    const part = { left: 100, top: 100, width: 100, height: 100 };
    expect(facesWithin([face(80, 120, 60), face(60, 120, 60), face(120, 300, 10)], part)).toEqual([
      face(-20, 20, 60),
    ]);
  });
});
