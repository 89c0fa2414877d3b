-- Which codes a batch was asked for: what a repeat under the same identifier is compared with, and what its page says.
ALTER TABLE print_batches ADD COLUMN picked TEXT;

-- Whether a code has a sticker is asked for each code of a market that is printed.
CREATE INDEX stickers_by_code ON stickers (market_id, payment_code_id);
