import { describe, expect, it } from "vitest";
import type { MessageStatusName } from "../events.js";
import { newMessage } from "../testing/fakeServer.js";
import { KnownMessages } from "./messageChanges.js";

const message = (id: string, seq: number, status: MessageStatusName = "pending") => ({
  ...newMessage("c", id, seq),
  status,
  sent_at: "2026-09-21T14:13:21Z",
});

describe("KnownMessages", () => {
  it("hands out an unknown message as new, and the same again as updated", () => {
    const known = new KnownMessages();
    expect(known.changes({ kind: "message", message: message("a", 1) })).toEqual([
      { kind: "new", message: message("a", 1) },
    ]);
    expect(known.changes({ kind: "message", message: message("a", 2) })).toEqual([
      { kind: "updated", message: message("a", 2) },
    ]);
  });

  it("hands out a known message with another status as a status and an update", () => {
    const known = new KnownMessages();
    known.add([message("a", 1)]);
    const changes = known.changes({ kind: "message", message: message("a", 4, "sent") });
    expect(changes.map((change) => change.kind)).toEqual(["status", "updated"]);
    expect(changes[0]).toMatchObject({
      status: { message_id: "a", conversation_id: "c", status: "sent", timestamp: "2026-09-21T14:13:21Z", seq: 4 },
    });
  });

  it("remembers a status that came live", () => {
    const known = new KnownMessages();
    known.add([message("a", 1)]);
    const status = { message_id: "a", conversation_id: "c", status: "sent" as const, timestamp: "", seq: 2 };
    expect(known.changes({ kind: "status", status })).toEqual([{ kind: "status", status }]);
    const changes = known.changes({ kind: "message", message: message("a", 3, "sent") });
    expect(changes.map((change) => change.kind)).toEqual(["updated"]);
  });

  it("forgets the messages that changed longest ago, beyond its capacity", () => {
    const known = new KnownMessages(2);
    known.add([message("a", 1), message("b", 2)]);
    known.changes({ kind: "updated", message: message("a", 3) });
    known.add([message("c", 4)]);
    const kinds = ["a", "b"].map((id) => known.changes({ kind: "message", message: message(id, 5) })[0]!.kind);
    expect(kinds).toEqual(["updated", "new"]);
  });
});
