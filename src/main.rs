//! The `choqr` program.

fn main() {}
