import type { ConnectionState, SocketClient } from "pytake-client";
import { Store } from "../state/store";

export class Connection {
  readonly state: Store<ConnectionState>;
  readonly close: () => void;

  constructor(client: SocketClient) {
    this.state = new Store(client.connectionState);
    this.close = client.onConnectionState((state) => this.state.set(state));
  }
}
