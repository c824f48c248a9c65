export * from "./events.js";
export {
  SocketClient,
  socketClient,
  type ClientError,
  type ConnectionState,
  type SocketClientOptions,
} from "./client.js";
export { signalR, type Hub, type HubFactory, type HubOptions, type Transport } from "./hub.js";
export type { ConversationPage, ConversationQuery } from "./list.js";
export type { Unsubscribe } from "./listeners.js";
export { RestError, type Answer, type Fetch } from "./http.js";
export type { Call } from "./rest.js";
export { JoinError, type MessagePage, type MessageQuery } from "./room.js";
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
