"""Prints what zxing-cpp finds in each of the images given, one JSON object a line."""

import json
import sys

import zxingcpp
from PIL import Image

for path in sys.argv[1:]:
    image = Image.open(path).convert("L")
    codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    print(json.dumps({"file": path, "payloads": [code.text for code in codes]}))
