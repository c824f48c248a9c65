/** Sends messages to the other tabs of this browser. */
export class Channel<T> {
  readonly #channel: BroadcastChannel;

  constructor(name: string, received: (news: T) => void) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => received(data as T);
  }

  send(news: T): void {
    this.#channel.postMessage(news);
  }

  close(): void {
    this.#channel.close();
  }
}
