//! Work that nobody waits for: schedules, expiry, recounts.
