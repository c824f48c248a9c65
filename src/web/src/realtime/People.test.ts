import { ServerEvent, SocketClient } from "pytake-client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeServer } from "../../../pytake-client/src/testing/fakeServer";
import { People, peopleIn } from "./People";

let server: FakeServer;
let client: SocketClient;
let people: People;

beforeEach(async () => {
  server = new FakeServer();
  client = new SocketClient({ createHub: server.createHub, fetch: server.fetch });
  people = new People(client, "me");
  await client.connect("token-1");
  await client.joinConversation("c1");
});

afterEach(() => {
  people.close();
  return client.disconnect();
});

const names = (store: People["typing"]) => peopleIn("c1")(store.value).map(({ name }) => name);
const types = (user_id: string, user_name: string, typing: boolean) =>
  server.hub.emit(ServerEvent.UserTyping, { conversation_id: "c1", user_id, user_name, typing });

it("lists the users who type, each once, without oneself", () => {
  types("a", "Ana", true);
  types("a", "Ana", true);
  types("b", "Bruno", true);
  types("me", "Me", true);
  expect(names(people.typing)).toEqual(["Ana", "Bruno"]);
  types("a", "Ana", false);
  expect(names(people.typing)).toEqual(["Bruno"]);
});

it("lists the users who view a conversation, without oneself", () => {
  const look = (...users: [string, string][]) =>
    server.hub.emit(ServerEvent.Viewers, {
      conversation_id: "c1",
      users: users.map(([user_id, user_name]) => ({ user_id, user_name })),
    });
  look(["me", "Me"], ["a", "Ana"], ["b", "Bruno"]);
  expect(names(people.viewing)).toEqual(["Ana", "Bruno"]);
  look(["me", "Me"]);
  expect(names(people.viewing)).toEqual([]);
});

it("lists the users who are online, without those who left during a lost connection", async () => {
  server.hub.emit(ServerEvent.PresenceSnapshot, { users: [{ user_id: "a", status: "online" }] });
  server.hub.emit(ServerEvent.UserStatus, { user_id: "b", status: "online" });
  expect([...people.online.value]).toEqual(["a", "b"]);
  server.hub.emit(ServerEvent.PresenceSnapshot, { users: [{ user_id: "b", status: "online" }] });
  await vi.waitFor(() => expect([...people.online.value]).toEqual(["b"]));
});
