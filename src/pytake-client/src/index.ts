export * from "./events.js";
export { SocketClient, socketClient } from "./client.js";
export type { ClientError, ConnectionState, SocketClientOptions } from "./options.js";
export { signalR, type Hub, type HubFactory, type HubOptions, type Transport } from "./connection/hub.js";
export type { Unsubscribe } from "./listeners.js";
export { request, RestError, type Answer, type Fetch } from "./session/http.js";
export type { Call } from "./session/rest.js";
export {
  RefreshTokens,
  SessionEndedError,
  webStorage,
  type AccessToken,
  type RefreshTokensOptions,
  type TokenPair,
  type TokenSource,
  type TokenStorage,
} from "./session/tokens.js";
export { WatchError, type ConversationPage, type ConversationQuery, type ConversationWatch } from "./streams/list.js";
export { JoinError, type MessagePage, type MessageQuery } from "./streams/room.js";
