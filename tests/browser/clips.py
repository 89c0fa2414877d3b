# Makes what a fake camera plays: a picture of a code held before it, a little unsteady, as an mjpeg of 640x480.
# Chromium plays an mjpeg only at 4:2:0, which is what subsampling=2 writes.
# usage: clips.py OUT.mjpeg PICTURE.png [SHARE_OF_THE_HEIGHT]
import io
import math
import sys

from PIL import Image, ImageFilter

out, picture = sys.argv[1], Image.open(sys.argv[2]).convert("RGB")
share = float(sys.argv[3]) if len(sys.argv) > 3 else 0.8
side = int(480 * share)
code = picture.resize((side * picture.width // picture.height, side), Image.LANCZOS)
with open(out, "wb") as film:
    for n in range(30):
        turn = n * 2 * math.pi / 30
        frame = Image.new("RGB", (640, 480), (52, 50, 47))
        held = code.rotate(2.5 * math.sin(turn), resample=Image.BICUBIC, expand=True, fillcolor=(52, 50, 47))
        frame.paste(held, ((640 - held.width) // 2 + int(9 * math.sin(turn)), (480 - held.height) // 2 + int(7 * math.cos(turn))))
        if n % 5 == 0:
            frame = frame.filter(ImageFilter.GaussianBlur(1.1))
        piece = io.BytesIO()
        frame.save(piece, "JPEG", quality=82, subsampling=2)
        film.write(piece.getvalue())
