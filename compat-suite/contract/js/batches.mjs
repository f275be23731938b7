// For clients that send what one call gives them as one batch a partition, however large that gets.

const BATCH_BYTES = 900_000; // below the server's max.message.bytes

/** Cut records, as they came, into lists that are no larger than a batch; one that is larger stands alone. */
export function inBatches(records, batchBytes = BATCH_BYTES) {
  const batches = [];
  let room = 0;
  for (const record of records) {
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0); // as base64, a third more than there is
    if (batches.length === 0 || size > room) {
      batches.push([]);
      room = batchBytes;
    }
    batches.at(-1).push(record);
    room -= size;
  }
  return batches;
}
