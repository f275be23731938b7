// Between a client that pushes records and a session that polls for them.

const MAX_TIMER_MS = 100;

export class Inbox {
  #records = [];
  #events = [];
  #error = null;
  #wanted = 0;
  #waiting = new Set();

  /** Whether a poll is under way that still wants records. */
  get wants() {
    return this.#records.length < this.#wanted;
  }

  put(record) {
    this.#records.push(record);
    this.wake();
  }

  tell(event, partitions) {
    this.#events.push([event, partitions]);
  }

  /** Let the poll under way, or the next, fail. */
  fail(error) {
    this.#error = error;
    this.wake();
  }

  /** Let all that wait look again. */
  wake() {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Return after something has changed, or after a moment. */
  async change(milliseconds = MAX_TIMER_MS) {
    let timer;
    await new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      this.#waiting.add(resolve);
    });
    clearTimeout(timer);
  }

  /**
   * Gather `count` records, or without a count those that come first, or what there is when the time is over.
   * A client that does not push is pulled: `pull` puts what it has while the poll wants it.
   */
  async poll(timeoutMs, count, pull = () => {}) {
    const deadline = Date.now() + timeoutMs;
    this.#wanted = count ?? Infinity;
    this.wake();
    const enough = () => this.#records.length >= (count ?? 1) || this.#error !== null;
    for (pull(); !enough() && Date.now() < deadline; pull()) {
      await this.change(Math.min(MAX_TIMER_MS, Math.max(1, deadline - Date.now())));
    }
    this.#wanted = 0;
    const [error, records, events] = [this.#error, this.#records, this.#events];
    if (error !== null) {
      this.#error = null;
      throw error;
    }
    [this.#records, this.#events] = [[], []];
    return { records, events };
  }
}
