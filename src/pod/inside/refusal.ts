/** What is told to the model: what it asked for can't be done, and why. Anything else that an operation throws is a failure. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
