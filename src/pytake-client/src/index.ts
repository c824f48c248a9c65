export * from "./events.js";
export {
  SocketClient,
  socketClient,
  type ClientError,
  type ConnectionState,
  type ConversationPage,
  type ConversationQuery,
  type MessagePage,
  type SocketClientOptions,
} from "./client.js";
export { signalR, type Hub, type HubFactory, type HubOptions, type Transport } from "./hub.js";
export type { Unsubscribe } from "./listeners.js";
export { RestError, type Fetch } from "./rest.js";
export { JoinError } from "./room.js";
export {
  RefreshTokens,
  SessionEndedError,
  webStorage,
  type AccessToken,
  type RefreshTokensOptions,
  type TokenPair,
  type TokenSource,
  type TokenStorage,
} from "./tokens.js";
