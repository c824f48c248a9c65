/** Says things to the other tabs of this browser. */
export class Channel<T> {
  readonly #channel: BroadcastChannel;

  constructor(name: string, hear: (news: T) => void) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => hear(data as T);
  }

  tell(news: T): void {
    this.#channel.postMessage(news);
  }

  close(): void {
    this.#channel.close();
  }
}
