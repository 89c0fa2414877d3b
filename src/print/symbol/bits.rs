//! A stream of bits, written from the highest of each number.

/// Collects bits into bytes.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    waiting: u32,
}

impl BitWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Appends the lowest `width` bits of a value.
    pub(super) fn push(&mut self, value: u32, width: u32) {
        self.pending = self.pending << width | u64::from(value);
        self.waiting += width;
        while self.waiting >= 8 {
            self.waiting -= 8;
            self.bytes.push((self.pending >> self.waiting & 0xFF).try_into().unwrap_or(0));
        }
    }

    /// Ends the stream: up to four zero bits, zeros to a whole byte, then the two pad bytes in turn.
    pub(super) fn into_padded(mut self, capacity: usize) -> Vec<u8> {
        let room = capacity * 8 - self.bytes.len() * 8 - self.waiting as usize;
        self.push(0, u32::try_from(room.min(4)).unwrap_or(4));
        if self.waiting > 0 {
            self.push(0, 8 - self.waiting);
        }
        let pads = [0xEC, 0x11].into_iter().cycle().take(capacity - self.bytes.len());
        self.bytes.extend(pads);
        self.bytes
    }
}
