"""Record batches: headers, records, compression and checksums."""
