// Draws what a camera of 640x480 sees of a code: the same frames in every run.

const WIDTH = 640;
const HEIGHT = 480;

/** Nine troubles, at six levels each, for codes of two strengths. */
const KINDS = ["clean", "blur", "motion", "perspective", "dark", "glare", "dirt", "small", "rotated"];
export const FRAMES = KINDS.flatMap((kind) =>
  ["medium", "quartile"].flatMap((ecc) => [1, 2, 3, 4, 5, 6].map((level) => ({ kind, ecc, level, seed: KINDS.indexOf(kind) * 1_000 + level * 10 + ecc.length }))));

function seeded(seed) {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** How a frame of a kind and level looks. */
function scene({ kind, level, seed }) {
  const random = seeded(seed);
  const is = (name) => kind === name;
  return {
    random,
    side: is("small") ? 225 - level * 13 : is("clean") ? 200 + level * 35 : 300 + random() * 60,
    angle: is("rotated") ? level * 0.26 + random() * 0.1 : (random() - 0.5) * 0.12,
    tilt: is("perspective") ? 0.12 + level * 0.05 : 0.02,
    blur: is("blur") ? 0.8 + level * 0.28 : 0.6,
    motion: is("motion") ? 2 + level : 0,
    light: is("dark") ? 0.34 - level * 0.04 : 0.85,
    noise: is("dark") ? 5 : 3,
    glare: is("glare") ? 0.35 + level * 0.1 : 0,
    spots: is("dirt") ? level * 4 : 0,
  };
}

/** Where a point of the frame lies on the code, in 0 to 1 when it is on it. */
function projection({ side, angle, tilt, random }) {
  const [cx, cy] = [WIDTH / 2 + (random() - 0.5) * 30, HEIGHT / 2 + (random() - 0.5) * 16];
  const turn = random() * 2 * Math.PI;
  const [px, py] = [tilt * Math.cos(turn), tilt * Math.sin(turn)];
  // A turned square is wider than its side: it stays wholly in the frame.
  const room = (Math.min(HEIGHT, WIDTH) - 30) / (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)));
  const size = Math.min(side, room / (1 + tilt));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const [dx, dy] = [(x - cx) / size, (y - cy) / size];
    const depth = 1 - px * dx - py * dy;
    const [u, v] = [dx / depth, dy / depth];
    return [u * cos + v * sin + 0.5, v * cos - u * sin + 0.5];
  };
}

function spots({ spots: count, random }) {
  return Array.from({ length: count }, () => ({ u: 0.1 + random() * 0.8, v: 0.1 + random() * 0.8, r: 0.006 + random() * 0.009, shade: random() < 0.5 ? 40 : 190 }));
}

/** Paper, ink, table and dirt, in four samples a point. */
function paint(modules, look) {
  const at = projection(look);
  const dirt = spots(look);
  const count = modules.length;
  const sample = (x, y) => {
    const [u, v] = at(x, y);
    if (u < 0 || v < 0 || u >= 1 || v >= 1) return 96;
    const spot = dirt.find((one) => (one.u - u) ** 2 + (one.v - v) ** 2 < one.r ** 2);
    if (spot) return spot.shade;
    return modules[Math.floor(v * count)][Math.floor(u * count)] ? 28 : 232;
  };
  const picture = new Float32Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      picture[y * WIDTH + x] = (sample(x + 0.25, y + 0.25) + sample(x + 0.75, y + 0.25) + sample(x + 0.25, y + 0.75) + sample(x + 0.75, y + 0.75)) / 4;
    }
  }
  return picture;
}

/** Weighs the neighbours of every point along a direction. */
function smear(picture, weights, dx, dy) {
  const half = (weights.length - 1) / 2;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const out = new Float32Array(picture.length);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      let sum = 0;
      for (let step = 0; step < weights.length; step++) {
        const column = Math.min(WIDTH - 1, Math.max(0, Math.round(x + (step - half) * dx)));
        const row = Math.min(HEIGHT - 1, Math.max(0, Math.round(y + (step - half) * dy)));
        sum += weights[step] * picture[row * WIDTH + column];
      }
      out[y * WIDTH + x] = sum / total;
    }
  }
  return out;
}

function gauss(sigma) {
  const half = Math.ceil(3 * sigma);
  return Array.from({ length: 2 * half + 1 }, (_, at) => Math.exp(-((at - half) ** 2) / (2 * sigma ** 2)));
}

export function drawFrame(modules, frame) {
  const look = scene(frame);
  const { random, blur, motion, light, noise, glare } = look;
  let picture = paint(modules, look);
  picture = smear(smear(picture, gauss(blur), 1, 0), gauss(blur), 0, 1);
  if (motion) {
    const way = random() * Math.PI;
    picture = smear(picture, Array(2 * Math.round(motion / 2) + 1).fill(1), Math.cos(way), Math.sin(way));
  }
  const [gx, gy] = [WIDTH / 2 + (random() - 0.5) * 200, HEIGHT / 2 + (random() - 0.5) * 160];
  const slope = (random() - 0.5) * 0.3;
  const luma = picture.map((value, at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    const shine = glare * 190 * Math.exp(-((x - gx) ** 2 + (y - gy) ** 2) / (2 * 70 ** 2));
    const grain = (random() + random() + random() - 1.5) * 2 * noise;
    return Math.min(255, Math.max(0, value * light * (1 + slope * (x / WIDTH - 0.5)) + shine + grain));
  });
  return { luma: Uint8Array.from(luma), width: WIDTH, height: HEIGHT };
}
