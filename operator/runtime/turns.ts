/** Work on one thing is done one after another, as it was asked for; work on different things goes on side by side. */
export class Turns {
  /** By thing, when its last piece of work is over. */
  private readonly over = new Map<string, Promise<void>>();

  take<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const done = (this.over.get(thing) ?? Promise.resolve()).then(work);
    const over = done
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.over.get(thing) === over) this.over.delete(thing);
      });
    this.over.set(thing, over);
    return done;
  }
}
