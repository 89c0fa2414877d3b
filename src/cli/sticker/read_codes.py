"""Reads QR codes as zxing-cpp sees them: for each image named on standard input one line, its texts parted by tabs."""

import sys

import zxingcpp
from PIL import Image

for line in sys.stdin:
    image = Image.open(line.rstrip("\n")).convert("L")
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    print("\t".join(code.text.replace("\t", " ").replace("\n", " ") for code in found))
