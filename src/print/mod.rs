//! Pure library: QR symbols, stickers, sheets, as SVG, PNG and PDF.
