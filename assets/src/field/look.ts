/** One look at a picture: which part of it, how large, and how its light is put right. Looks take turns, so that what one misses another finds. */

export interface Look { crop: "centre" | "middle" | "whole"; side: number; light: "as_is" | "stretched" | "local" }

/** The first is the likeliest: a code held into the square. Then a smaller one in a wider view, a dark one, a glaring one, a blurred one. */
export const LOOKS: readonly Look[] = [
  { crop: "centre", side: 480, light: "as_is" },
  { crop: "whole", side: 640, light: "as_is" },
  { crop: "centre", side: 480, light: "local" },
  { crop: "middle", side: 512, light: "as_is" },
  { crop: "centre", side: 320, light: "stretched" },
  { crop: "whole", side: 640, light: "local" },
  { crop: "middle", side: 640, light: "local" },
  { crop: "centre", side: 720, light: "stretched" },
];

/** The part of a picture that a look takes: the largest square, its middle two thirds, or everything. */
export function area(look: Look, width: number, height: number): { x: number; y: number; w: number; h: number; outW: number; outH: number } {
  if (look.crop === "whole") {
    const scale = Math.min(1.5, look.side / Math.max(width, height));
    return { x: 0, y: 0, w: width, h: height, outW: Math.max(1, Math.round(width * scale)), outH: Math.max(1, Math.round(height * scale)) };
  }
  const side = Math.min(width, height) * (look.crop === "middle" ? 0.62 : 1);
  return { x: (width - side) / 2, y: (height - side) / 2, w: side, h: side, outW: look.side, outH: look.side };
}

/** Puts the light of a picture right, in place. */
export function relight(frame: ImageData, light: Look["light"]): void {
  if (light === "as_is") return;
  const { width, height, data } = frame;
  const grey = new Uint8ClampedArray(width * height);
  for (let at = 0; at < grey.length; at += 1) grey[at] = (data[4 * at]! * 77 + data[4 * at + 1]! * 150 + data[4 * at + 2]! * 29) >> 8;
  if (light === "stretched") stretch(grey);
  else flatten(grey, width, height);
  for (let at = 0; at < grey.length; at += 1) data[4 * at] = data[4 * at + 1] = data[4 * at + 2] = grey[at]!;
}

/** The darkest twentieth becomes black, the lightest twentieth white. */
function stretch(grey: Uint8ClampedArray): void {
  const counts = new Uint32Array(256);
  for (const value of grey) counts[value]! += 1;
  const bound = (from: number, step: number): number => {
    let left = grey.length / 20;
    let at = from;
    for (; at >= 0 && at < 256; at += step) if ((left -= counts[at]!) <= 0) break;
    return at;
  };
  const low = bound(0, 1);
  const high = Math.max(low + 1, bound(255, -1));
  for (let at = 0; at < grey.length; at += 1) grey[at] = ((grey[at]! - low) * 255) / (high - low);
}

/** Takes shade and glare out: each point against the mean of its neighbourhood, an eighth of the picture wide. */
function flatten(grey: Uint8ClampedArray, width: number, height: number): void {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += grey[y * width + x]!;
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row;
    }
  }
  const half = Math.max(8, Math.round(Math.max(width, height) / 16));
  const source = grey.slice();
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - half), Math.min(height, y + half + 1)];
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.max(0, x - half), Math.min(width, x + half + 1)];
      const sum = sums[bottom * (width + 1) + right]! - sums[top * (width + 1) + right]! - sums[bottom * (width + 1) + left]! + sums[top * (width + 1) + left]!;
      const mean = sum / ((bottom - top) * (right - left));
      grey[y * width + x] = 128 + (source[y * width + x]! - mean) * 3;
    }
  }
}
