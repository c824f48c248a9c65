import { describe, expect, it } from "vitest";
import { withNumber } from "./Numbers";

describe("the numbers that may not send", () => {
  const stop = {
    whatsapp_number_id: "a",
    sending_stopped_at: "2026-12-01T12:00:00Z",
    sending_stopped_code: "131042",
    sending_stopped_reason: "Pay first",
  };

  it("have a stopped one with its reason, until it is saved", () => {
    const stopped = withNumber(new Map(), stop);
    expect(stopped.get("a")).toEqual({ code: "131042", reason: "Pay first" });
    expect(withNumber(stopped, { whatsapp_number_id: "a", sending_stopped_at: null }).size).toBe(0);
  });

  it("are not changed by another number", () => {
    const stopped = withNumber(withNumber(new Map(), stop), { whatsapp_number_id: "b" });
    expect([...stopped.keys()]).toEqual(["a"]);
  });
});
