/** Memory that spawns in admission will commit, so that two at a time are not both given the last of it. */
export class Reservations {
  bytes = 0;
  count = 0;

  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    this.bytes += bytes;
    this.count += 1;
    try {
      return await work();
    } finally {
      this.bytes -= bytes;
      this.count -= 1;
    }
  }
}
