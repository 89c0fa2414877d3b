# Draws what a phone's camera sees at stalls: 640x480 frames of a sticker in nine kinds of trouble, twelve of each, and
# twelve frames that hold no whole code. Seeded, so that every run draws the same. The payloads are choqr's own; the
# codes are drawn by zxing, at correction levels M and Q in turn. Every code lies whole in its frame.
# usage: frames.py CHOQR OUT_FOLDER [SEED]
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 640, 480
EACH = 12
KINDS = ["clean", "blur", "motion", "perspective", "dark", "glare", "dirt", "small", "rotated"]
BANKS = ["970436", "970415", "970418", "970422", "970405", "970407"]
NAMES = ["NGUYEN THI HOA", "TRAN VAN BINH", "LE THI MAI", "PHAM MINH DUC", "HOANG THI LAN"]
CITIES = ["HA NOI", "HAI PHONG", "DA NANG", "CAN THO"]


def payloads(choqr, chance, count):
    """Transfer codes of about 135 characters, from the program's own encoder."""
    asks = []
    for n in range(count):
        asks.append({
            "bin": chance.choice(BANKS),
            "account": "".join(chance.choice("0123456789") for _ in range(chance.randint(10, 13))),
            "name": chance.choice(NAMES),
            "city": chance.choice(CITIES),
            "purpose": f"{chance.choice('ABCDEF')}{n:03d}",
        })
    text = "\n".join(json.dumps(ask) for ask in asks)
    said = subprocess.run([choqr, "qr", "encode", "--batch"], input=text, capture_output=True, text=True, check=True).stdout
    texts = [json.loads(line)["payload"] if line.startswith("{") else line for line in said.splitlines()]
    assert len(set(texts)) == count and all(text.startswith("000201") for text in texts), said[:200]
    return texts


def card(text, level, chance):
    """A sticker's face, and the share of its width that the code takes."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=16, add_quiet_zones=False)).convert("RGB")
    side = drawn.width
    face = Image.new("RGB", (side * 5 // 4, side * 3 // 2), (250, 249, 245))
    pen = ImageDraw.Draw(face)
    pen.rectangle((0, 0, face.width, side // 8), fill=chance.choice([(176, 28, 38), (16, 84, 150), (20, 110, 70)]))
    face.paste(drawn, (side // 8, side // 4 - side // 40))
    for line in range(2):
        at = side * 5 // 4 + side // 40 + line * side // 10
        for letter in range(14 - 4 * line):
            left = side // 6 + letter * side // 16
            pen.rectangle((left, at, left + chance.randint(side // 60, side // 20), at + side // 22), fill=(30, 30, 30))
    return face, (1 / 10, (1 / 4 - 1 / 40) / 1.5, 9 / 10, (5 / 4 - 1 / 40) / 1.5)


def scene(chance):
    """A stall: wood, plastic, boxes and leaves in plain shapes, at twice the frame's size."""
    base = tuple(chance.randint(70, 150) for _ in range(3))
    ground = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT), base)
    pen = ImageDraw.Draw(ground)
    for _ in range(36):
        x, y = chance.randint(-100, 2 * WIDTH), chance.randint(-100, 2 * HEIGHT)
        w, h = chance.randint(20, 360), chance.randint(20, 260)
        colour = tuple(max(0, min(255, part + chance.randint(-60, 60))) for part in base)
        chance.choice([pen.rectangle, pen.ellipse])((x, y, x + w, y + h), fill=colour)
    return ground.filter(ImageFilter.GaussianBlur(2))


def perspective(corners, width, height):
    """The eight numbers that take a point of the frame back to the card, by elimination."""
    rows = []
    for (x, y), (u, v) in zip(corners, [(0, 0), (width, 0), (width, height), (0, height)]):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):
        best = max(range(i, 8), key=lambda r: abs(rows[r][i]))
        rows[i], rows[best] = rows[best], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(8):
            if r != i:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i])]
    return [row[8] for row in rows]


def place(ground, face, window, chance, side, turn, lean):
    """Lays the card on the ground so that its code is `side` pixels wide; gives the code's corners in the frame."""
    wide = side / (window[2] - window[0])
    tall = wide * face.height / face.width
    centre_x, centre_y = (window[0] + window[2]) / 2 * wide, (window[1] + window[3]) / 2 * tall
    sway = [(chance.uniform(-lean, lean) * side, chance.uniform(-lean, lean) * side) for _ in range(4)]

    def corners_of(left, top, right, bottom):
        out = []
        for (x, y), (dx, dy) in zip([(left, top), (right, top), (right, bottom), (left, bottom)], sway):
            x, y = x - centre_x + dx, y - centre_y + dy
            out.append((x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)))
        return out

    outer = corners_of(0, 0, wide, tall)
    back = perspective(outer, face.width, face.height)

    def forth(u, v):
        """A point of the card in the frame: two equations from the way back."""
        a, b, c, d, e, f, g, h = back
        m = [[a - u * g, b - u * h, u - c], [d - v * g, e - v * h, v - f]]
        det = m[0][0] * m[1][1] - m[0][1] * m[1][0]
        return (m[0][2] * m[1][1] - m[0][1] * m[1][2]) / det, (m[0][0] * m[1][2] - m[0][2] * m[1][0]) / det

    inner = [forth(window[a] * face.width, window[b] * face.height) for a, b in [(0, 1), (2, 1), (2, 3), (0, 3)]]
    quiet = 4
    room_x = (quiet - min(x for x, _ in inner), WIDTH - quiet - max(x for x, _ in inner))
    room_y = (quiet - min(y for _, y in inner), HEIGHT - quiet - max(y for _, y in inner))
    if room_x[0] > room_x[1] or room_y[0] > room_y[1]:
        return place(ground, face, window, chance, side * 0.94, turn, lean)
    # People hold a code about the middle of the picture.
    x = min(max(WIDTH / 2 + chance.gauss(0, 45), room_x[0]), room_x[1])
    y = min(max(HEIGHT / 2 + chance.gauss(0, 35), room_y[0]), room_y[1])
    here = [(2 * (a + x), 2 * (b + y)) for a, b in outer]
    # The card is brought near its final size first: a transform alone would skip pixels.
    small = face.resize((round(2.2 * wide), round(2.2 * tall)), Image.LANCZOS)
    sheet = small.transform(ground.size, Image.PERSPECTIVE, perspective(here, small.width, small.height), Image.BICUBIC)
    mask = Image.new("L", small.size, 255).transform(ground.size, Image.PERSPECTIVE, perspective(here, small.width, small.height), Image.BICUBIC)
    ground.paste(sheet, (0, 0), mask)
    return ground.resize((WIDTH, HEIGHT), Image.BOX), [(a + x, b + y) for a, b in inner]


def between(corners, across, down):
    """A point inside the code."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    top = (ax + (bx - ax) * across, ay + (by - ay) * across)
    low = (dx + (cx - dx) * across, dy + (cy - dy) * across)
    return top[0] + (low[0] - top[0]) * down, top[1] + (low[1] - top[1]) * down


def moved(frame, length, angle):
    """A hand that moves while the picture is taken."""
    total, steps = None, max(3, round(length * 2))
    for step in range(steps):
        far = (step / (steps - 1) - 0.5) * length
        shifted = frame.transform(frame.size, Image.AFFINE, (1, 0, far * math.cos(angle), 0, 1, far * math.sin(angle)), Image.BILINEAR)
        total = shifted if total is None else Image.blend(total, shifted, 1 / (step + 1))
    return total


def glared(frame, corners, chance):
    """A lamp's or the sun's reflection in the film over the sticker."""
    x, y = between(corners, chance.uniform(0.15, 0.85), chance.uniform(0.15, 0.85))
    light = Image.new("L", frame.size, 0)
    wide, high = chance.uniform(60, 150), chance.uniform(40, 110)
    ImageDraw.Draw(light).ellipse((x - wide, y - high, x + wide, y + high), fill=chance.randint(150, 225))
    light = light.filter(ImageFilter.GaussianBlur(chance.uniform(14, 40)))
    return Image.composite(Image.new("RGB", frame.size, (255, 253, 244)), ImageEnhance.Brightness(frame).enhance(0.75), light)


def dirtied(frame, corners, chance):
    """Grease, scales and scratches: about a twentieth of the code."""
    layer = frame.copy()
    pen = ImageDraw.Draw(layer)
    side = math.dist(corners[0], corners[1])
    for _ in range(chance.randint(8, 14)):
        x, y = between(corners, chance.random(), chance.random())
        r = side * chance.uniform(0.008, 0.032)
        pen.ellipse((x - r, y - r * chance.uniform(0.5, 1), x + r, y + r), fill=chance.choice([(84, 60, 38), (40, 36, 30), (196, 188, 170), (120, 40, 34)]))
    for _ in range(3):
        a, b = between(corners, chance.random(), chance.random()), between(corners, chance.random(), chance.random())
        pen.line((*a, *b), fill=chance.choice([(215, 210, 200), (60, 54, 48)]), width=chance.randint(1, 2))
    return Image.blend(frame, layer.filter(ImageFilter.GaussianBlur(0.8)), 0.9)


def taken(frame, grain, chance, quality=80):
    """The sensor's grain, by a generator of our own: Pillow's cannot be seeded."""
    noise = Image.frombytes("L", (WIDTH, HEIGHT), chance.randbytes(WIDTH * HEIGHT))
    # The mean of three even draws is close to a bell; 128 is nothing.
    for _ in range(2):
        noise = Image.blend(noise, Image.frombytes("L", noise.size, chance.randbytes(WIDTH * HEIGHT)), 0.45)
    spread = 42
    up = noise.point(lambda v: max(0, round((v - 128) * grain / spread)))
    down = noise.point(lambda v: max(0, round((128 - v) * grain / spread)))
    return ImageChops.subtract(ImageChops.add(frame, Image.merge("RGB", [up] * 3)), Image.merge("RGB", [down] * 3))


def draw(kind, text, level, chance):
    side = {"small": (104, 150), "rotated": (190, 300), "perspective": (220, 330)}.get(kind, (220, 360))
    turn = chance.uniform(0, 2 * math.pi) if kind == "rotated" else math.radians(chance.gauss(0, 5))
    face, window = card(text, level, chance)
    frame, corners = place(scene(chance), face, window, chance, chance.uniform(*side), turn, 0.17 if kind == "perspective" else 0.015)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in corners)
    grain = 4
    if kind == "blur":
        frame = frame.filter(ImageFilter.GaussianBlur(chance.uniform(1.4, 3.0)))
    if kind == "motion":
        frame = moved(frame, chance.uniform(5, 10), chance.uniform(0, math.pi))
    if kind == "dark":
        frame, grain = ImageEnhance.Brightness(frame).enhance(chance.uniform(0.1, 0.3)), chance.uniform(3, 6)
    if kind == "glare":
        frame = glared(frame, corners, chance)
    if kind == "dirt":
        frame = dirtied(frame, corners, chance)
    return taken(frame, grain, chance), corners


def without(n, text, chance):
    """A frame in which there is nothing to read: the stall alone, half a code, a code under a hand."""
    if n % 3 == 0:
        return taken(scene(chance).resize((WIDTH, HEIGHT), Image.BOX), 4, chance)
    frame, corners = draw("clean", text, "M", chance)
    cover = scene(chance).resize((WIDTH, HEIGHT), Image.BOX)
    middle = sum(x for x, _ in corners) / 4
    if n % 3 == 1:
        half = frame.crop((round(middle), 0, WIDTH, HEIGHT))
        frame = cover
        frame.paste(half, (0, 0))
        return taken(frame, 4, chance)
    hand = Image.new("L", frame.size, 0)
    x, y = between(corners, chance.uniform(0.4, 0.6), chance.uniform(0.4, 0.6))
    reach = 0.36 * math.dist(corners[0], corners[1])
    ImageDraw.Draw(hand).ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return Image.composite(Image.new("RGB", frame.size, (172, 128, 100)), frame, hand)


def main():
    choqr, out = sys.argv[1], Path(sys.argv[2])
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20_260_701)
    texts = payloads(choqr, chance, len(KINDS) * EACH + 12)
    frames = []
    for kind in KINDS:
        for n in range(EACH):
            text = texts[len(frames)]
            name = f"{kind}-{n:02d}.png"
            draw(kind, text, "MQ"[n % 2], chance)[0].save(out / name, compress_level=1)
            frames.append({"file": name, "kind": kind, "text": text})
    for n in range(12):
        name = f"none-{n:02d}.png"
        without(n, texts[len(frames)], chance).save(out / name, compress_level=1)
        frames.append({"file": name, "kind": "none", "text": None})
    (out / "frames.json").write_text(json.dumps(frames))


main()
