"""Prints the text of every QR code in the images given, one a line, as zxing-cpp reads them."""

import sys

import zxingcpp
from PIL import Image

for path in sys.argv[1:]:
    image = Image.open(path).convert("L")
    for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode):
        print(code.text)
