// Bytes travel as base64 text, or null.

export const decoded = (text) => (text === null || text === undefined ? null : Buffer.from(text, "base64"));

export const encoded = (bytes) =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString("base64");
