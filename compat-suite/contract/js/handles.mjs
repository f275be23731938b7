// Producers and consumers by name: made on first use, open until they are closed.
import { Refusal } from "./refusal.mjs";

export class Handles {
  #open = new Map();
  #makers;

  /** `makers` has a function for each kind of handle, from settings to something with `close(how)`. */
  constructor(makers) {
    this.#makers = makers;
  }

  /** The handle that a request names (or describes by its settings), opened if need be. */
  async of(kind, request) {
    const given = request[kind] ?? kind;
    const name = typeof given === "string" ? given : kind;
    if (!this.#open.has(name)) {
      const settings = typeof given === "string" ? request.settings : given;
      this.#open.set(name, await this.#makers[kind](settings ?? {}));
    }
    return this.#open.get(name);
  }

  async close(name, how = "leave") {
    const handle = this.#open.get(name);
    if (!handle) throw new Refusal("INVALID_ARGUMENT", `no handle ${name} is open`);
    await handle.close(how);
    this.#open.delete(name);
  }

  /** Close all of them, whatever becomes of it; the administrator last, as others may need it to close. */
  async reset() {
    const { admin, ...others } = Object.fromEntries(this.#open);
    await Promise.allSettled(Object.values(others).map((handle) => handle.close("leave")));
    await admin?.close("leave");
    this.#open.clear();
  }
}
