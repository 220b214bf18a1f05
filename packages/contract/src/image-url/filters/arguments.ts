import { parseImageColour } from '../image-colour.ts';
import type { OverlayPosition } from '../image-step.ts';

/** A fault in the arguments of one filter; thrown while it is parsed, and caught by `planImage`. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault';
}

/** The arguments of one filter, read by position, from 0. An argument that is left out or empty takes its default. */
export class FilterArguments {
  readonly #values: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  get count(): number {
    return this.#values.length;
  }

  /** @throws FilterFault when there are more arguments than the filter takes */
  atMost(count: number): this {
    if (this.#values.length > count) throw new FilterFault(`takes at most ${count} arguments`);
    return this;
  }

  isMissing(position: number): boolean {
    return this.text(position) === '';
  }

  /** All of them as written, for a filter whose arguments are not separated by commas alone. */
  joined(): string {
    return this.#values.join(',');
  }

  text(position: number): string {
    return this.#values[position] ?? '';
  }

  /** @throws FilterFault for a text that is no number, or a number outside of the range */
  number(position: number, range: { min: number; max: number; default?: number }): number {
    const text = this.text(position);
    if (text === '' && range.default !== undefined) return range.default;
    const value = /^[+-]?(?:\d{1,15}(?:\.\d{0,20})?|\.\d{1,20})$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= range.min && value <= range.max)) {
      throw new FilterFault(`takes a number from ${range.min} to ${range.max} as argument ${position + 1}`);
    }
    return value;
  }

  /** @throws FilterFault for a text that is no whole number, or a number outside of the range */
  integer(position: number, range: { min: number; max: number; default?: number }): number {
    const value = this.number(position, range);
    if (!Number.isInteger(value)) throw new FilterFault(`takes a whole number as argument ${position + 1}`);
    return value;
  }

  /** @throws FilterFault for a text that is neither a colour nor one of the words */
  colour<Word extends string = never>(position: number, words: readonly Word[] = []): string | Word {
    const text = this.text(position).toLowerCase();
    const colour = words.find((word) => word === text) ?? parseImageColour(text);
    if (colour === undefined) {
      const others = words.map((word) => `"${word}"`).join(', ');
      throw new FilterFault(
        `takes a colour name or hexadecimal digits${others && `, or ${others},`} as argument ${position + 1}`,
      );
    }
    return colour;
  }

  /** @throws FilterFault for anything but the two words */
  boolean(position: number): boolean {
    const text = this.text(position).toLowerCase();
    if (['', 'false', '0'].includes(text)) return false;
    if (['true', '1', 'transparent'].includes(text)) return true;
    throw new FilterFault(`takes "true" or "false" as argument ${position + 1}`);
  }

  /**
   * `12`, `-12` from the far edge, `20p` percent, `0.2` a share, `left`, `right-10` for ten pixels beyond the right edge,
   * `center`, `repeat`.
   * @throws FilterFault for anything else
   */
  position(position: number, edges: { near: string; far: string }): OverlayPosition {
    const text = this.text(position).toLowerCase();
    if (text === 'center' || text === 'middle') return { kind: 'center' };
    if (text === 'repeat') return { kind: 'repeat' };
    const [, edge, inset] = /^([a-z]+)(?:-(\d{1,6}))?$/.exec(text) ?? [];
    if (edge !== undefined && [edges.near, edges.near[0]].includes(edge)) {
      return { kind: 'pixels', value: inset === undefined ? 0 : -Number(inset), far: false };
    }
    if (edge !== undefined && [edges.far, edges.far[0]].includes(edge)) {
      return { kind: 'pixels', value: inset === undefined ? 0 : -Number(inset), far: true };
    }
    const percent = /^(-?)(\d{1,3})p$/.exec(text);
    if (percent) return { kind: 'share', value: Number(percent[2]) / 100, far: percent[1] === '-' };
    const share = /^(-?)(0?\.\d{1,9})$/.exec(text);
    if (share) return { kind: 'share', value: Number(share[2]), far: share[1] === '-' };
    const pixels = /^(-?)(\d{1,6})$/.exec(text === '' ? '0' : text);
    if (pixels) return { kind: 'pixels', value: Number(pixels[2]), far: pixels[1] === '-' };
    throw new FilterFault(
      `takes pixels, a percentage such as 20p, "${edges.near}", "${edges.far}", "center" or "repeat" as argument ${position + 1}`,
    );
  }
}

export const horizontalEdges = { near: 'left', far: 'right' };
export const verticalEdges = { near: 'top', far: 'bottom' };
