-- Which codes a batch was asked for: what a repeat under the same identifier is compared with, and what its page says.
ALTER TABLE print_batches ADD COLUMN picked TEXT;
