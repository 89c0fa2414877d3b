/** The camera: reads codes as long as the screen is open. The browser's own reader where there is one, ours everywhere else. */

import { LOOKS } from "./look";

export type CameraTrouble = "refused" | "none" | "busy" | "insecure";

export interface Scanner {
  stop(): void;
  hasTorch(): boolean;
  torch(on: boolean): Promise<void>;
}

/** The browser's reader, where it has one (Chrome on Android). */
interface Detector { detect(source: CanvasImageSource | Blob | ImageBitmap): Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

/** How often a frame is looked at, and for how long the same text is not told again. */
const EVERY_MS = 120;
const QUIET_MS = 1_500;

async function detector(): Promise<Detector | null> {
  const Native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  try {
    return Native && (await Native.getSupportedFormats()).includes("qr_code") ? new Native({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

type Reader = (source: HTMLVideoElement | ImageBitmap, width: number, height: number, turn: number) => Promise<string[]>;

/** Reads one frame: all that the browser's reader sees, or what one look of ours finds. */
async function reader(): Promise<Reader> {
  const native = await detector();
  if (native) return async (source) => (await native.detect(source)).map((code) => code.rawValue).filter((text) => text !== "");
  const { look } = await import("./decoder");
  return async (source, width, height, turn) => {
    const text = look(source, width, height, turn);
    return text === null ? [] : [text];
  };
}

/** Opens the camera and tells of every code it sees, one at a time. */
export async function startScanner(
  video: HTMLVideoElement,
  found: (text: string) => void,
  trouble: (code: CameraTrouble) => void,
): Promise<Scanner> {
  let stream: MediaStream | null = null;
  let timer = 0;
  let isOver = false;
  let turn = 0;
  let [last, lastAt] = ["", 0];

  const close = (): void => {
    clearTimeout(timer);
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
  };
  const open = async (): Promise<void> => {
    if (!navigator.mediaDevices?.getUserMedia) return trouble("insecure");
    try {
      const wish = { audio: false, video: { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } } };
      stream = await navigator.mediaDevices.getUserMedia(wish);
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      return trouble(name === "NotAllowedError" || name === "SecurityError" ? "refused" : name === "NotReadableError" || name === "AbortError" ? "busy" : "none");
    }
    // The screen may be gone by the time the person has answered.
    if (isOver) return close();
    video.srcObject = stream;
    video.muted = true;
    video.setAttribute("playsinline", "");
    await video.play().catch(() => {});
    void watch();
  };
  const watch = async (): Promise<void> => {
    const read = await reader();
    const next = async (): Promise<void> => {
      if (isOver || stream === null) return;
      const begun = performance.now();
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        for (const text of await read(video, video.videoWidth, video.videoHeight, turn).catch(() => [])) {
          if (isOver) return;
          if (text === last && begun - lastAt < QUIET_MS) continue;
          [last, lastAt] = [text, begun];
          found(text);
        }
        turn += 1;
      }
      // A slow phone must stay usable between two looks.
      const took = performance.now() - begun;
      timer = window.setTimeout(() => void next(), Math.max(30, EVERY_MS - took));
    };
    void next();
  };
  const onVisibility = (): void => {
    if (document.visibilityState === "hidden") close();
    else if (!isOver && stream === null) void open();
  };
  const track = (): MediaStreamTrack | undefined => stream?.getVideoTracks()[0];

  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", close);
  await open();
  return {
    stop() {
      isOver = true;
      document.removeEventListener("visibilitychange", onVisibility);
      removeEventListener("pagehide", close);
      close();
    },
    hasTorch: () => (track()?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch === true,
    torch: async (on) => {
      await track()?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
    },
  };
}

/** A picture is looked at in these sizes: phones save 12 megapixels, and a code in them is large or small. */
const SIDES = [1_280, 800, 480];

/** Every code in a picture of the gallery. */
export async function readPicture(file: Blob): Promise<string[]> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return [];
  try {
    const read = await reader();
    const texts = new Set<string>();
    for (const side of SIDES) {
      const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
      const small = await createImageBitmap(bitmap, { resizeWidth: Math.max(1, Math.round(bitmap.width * scale)), resizeHeight: Math.max(1, Math.round(bitmap.height * scale)), resizeQuality: "medium" });
      for (let turn = 0; turn < LOOKS.length; turn += 1) for (const text of await read(small, small.width, small.height, turn)) texts.add(text);
      small.close();
      if (texts.size > 0) break;
    }
    return [...texts];
  } finally {
    bitmap.close();
  }
}

/** A photo as evidence: at most 1,024 pixels on its longer side, a JPEG without what its file carried. */
export async function smallPhoto(file: Blob): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const scale = Math.min(1, 1_024 / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
}
