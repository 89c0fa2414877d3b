/** The bundled decoder, a chunk of its own: fetched when the first scan begins, kept by the worker. */
import decodeQR from "qr/decode.js";
import { LOOKS, area, relight } from "./look";

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });

/** The text of the code that one look finds, or `null`. Looks take turns by their number. */
export function look(source: CanvasImageSource, width: number, height: number, turn: number): string | null {
  const chosen = LOOKS[turn % LOOKS.length]!;
  const { x, y, w, h, outW, outH } = area(chosen, width, height);
  if (!context || width === 0 || height === 0) return null;
  canvas.width = outW;
  canvas.height = outH;
  context.drawImage(source, x, y, w, h, 0, 0, outW, outH);
  const frame = context.getImageData(0, 0, outW, outH);
  relight(frame, chosen.light);
  try {
    return decodeQR(frame);
  } catch {
    // The library throws when it finds nothing.
    return null;
  }
}
