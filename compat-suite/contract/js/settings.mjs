// Settings of the contract in a client's own terms.
import { unsupported } from "./refusal.mjs";

/**
 * Translate settings by a table of functions, each of which returns options of the client; later options win.
 * A setting that the table lacks is refused, never ignored.
 */
export function translated(settings, table) {
  const options = {};
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(table, name)) throw unsupported(`setting ${name}`);
    Object.assign(options, table[name](value));
  }
  return options;
}

/** Choose what a value means; refuse a value that means nothing to this client. */
export function chosen(name, value, meanings) {
  if (!Object.hasOwn(meanings, value)) throw unsupported(`${name} ${value}`);
  return meanings[value];
}
