// An error that already has the name that the contract gives it.

export class Refusal extends Error {
  constructor(name, message) {
    super(message ?? name);
    this.refusal = name;
  }
}

export const unsupported = (what) => new Refusal("UNSUPPORTED", what);

/** What stands in the place of an item that failed, or of the whole answer. */
export const errorItem = (error, named) => {
  const name = error.refusal ?? named(error) ?? "OTHER";
  return { error: name, message: `${error.message ?? error}` };
};
