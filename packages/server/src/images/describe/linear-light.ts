/** An sRGB value of 0 to 255 as light of 0 to 1 (IEC 61966-2-1). */
export function toLinearLight(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** Light of 0 to 1 as an sRGB value of 0 to 255. */
export function fromLinearLight(light: number): number {
  const share = Math.min(Math.max(light, 0), 1);
  const encoded = share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255);
}
