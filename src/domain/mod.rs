//! The nouns of the field and their rules. No I/O, no clock.
