import { RestError } from "pytake-client";
import { describe, expect, it } from "vitest";
import { codeOf } from "./codes";
import { fieldProblem, problemOf } from "./problems";

const invalid = (field: string, msg: string) =>
  new RestError(422, `${field}: ${msg}`, { error: { details: [{ loc: ["body", field], msg, type: "value_error" }] } });

describe("a problem", () => {
  it("says how long to wait, where the server does", () => {
    expect(problemOf(new RestError(429, "Too many requests", {}, 40))).toEqual({ kind: "wait", seconds: 40 });
    expect(problemOf(new RestError(429, "Too many requests"))).toEqual({ kind: "wait", seconds: undefined });
    expect(problemOf(new RestError(503, "Busy", {}, 2))).toEqual({ kind: "busy", seconds: 2 });
    expect(problemOf(new RestError(403, "The account is locked after too many failed logins, try again in 60 seconds"))).toEqual({
      kind: "wait",
      seconds: 60,
    });
  });

  it("is told from others", () => {
    expect(problemOf(new RestError(403, "The account is inactive")).kind).toBe("inactive");
    expect(problemOf(new RestError(502, "HTTP 502")).kind).toBe("server");
    expect(problemOf(new TypeError("Failed to fetch")).kind).toBe("unreachable");
    expect(problemOf(new DOMException("", "AbortError")).kind).toBe("unreachable");
    expect(problemOf(new DOMException("", "NotAllowedError")).kind).toBe("cancelled");
    expect(problemOf(new DOMException("", "InvalidStateError")).kind).toBe("known");
    expect(problemOf(new RestError(409, "An organization needs an active administrator")).kind).toBe("other");
  });

  it("belongs to a field of the request", () => {
    const common = invalid("new_password", "is one of the most common passwords");
    expect(fieldProblem(common, "new_password")).toMatchObject({ kind: "common" });
    expect(fieldProblem(common, "current_password")).toBeUndefined();
    expect(fieldProblem(invalid("password", "must have 8 to 128 characters"), "password")).toMatchObject({ kind: "length" });
    expect(fieldProblem(invalid("code", "is something new"), "code")).toEqual({ kind: "other", words: "is something new" });
    expect(fieldProblem(new RestError(500, "no"), "code")).toBeUndefined();
    expect(fieldProblem(undefined, "code")).toBeUndefined();
  });
});

describe("a code", () => {
  it("is its digits, however it was pasted", () => {
    expect(codeOf(" 123 456\n")).toBe("123456");
  });
});
