import { describe, expect, it } from "vitest";
import { Stream, type Entry } from "./stream.js";

const entry = (seq: number, prev?: number): Entry<number> => ({ seq, prev, value: seq });
const seqs = (entries: Entry<number>[]) => entries.map(({ seq }) => seq);

function streamAt(position: number): Stream<number> {
  const stream = new Stream<number>();
  stream.learn(position);
  return stream;
}

describe("Stream", () => {
  it("hands out the next number at once and a repetition never", () => {
    const stream = streamAt(4);
    expect(seqs(stream.receive(entry(5)))).toEqual([5]);
    expect(stream.receive(entry(5))).toEqual([]);
    expect(stream.receive(entry(3))).toEqual([]);
    expect(stream.position).toBe(5);
    expect(stream.behind).toBe(false);
  });

  it("keeps what comes too early until the hole is filled, in order", () => {
    const stream = streamAt(4);
    expect(stream.receive(entry(7))).toEqual([]);
    expect(stream.receive(entry(6))).toEqual([]);
    expect(stream.behind).toBe(true);
    expect(seqs(stream.receive(entry(5)))).toEqual([5, 6, 7]);
    expect(stream.behind).toBe(false);
  });

  it("treats the holes in a page as changes that were superseded", () => {
    const stream = streamAt(4);
    stream.receive(entry(9));
    expect(seqs(stream.fill([entry(6), entry(8)]))).toEqual([6, 8]);
    expect(seqs(stream.receive(entry(8)))).toEqual([]);
    expect(stream.position).toBe(9 - 1);
    stream.hold();
    expect(seqs(stream.release())).toEqual([9]);
  });

  it("drops the rows of a page that the start has moved beyond", () => {
    const stream = streamAt(4);
    stream.startAt(7);
    expect(seqs(stream.fill([entry(6), entry(7), entry(8)]))).toEqual([8]);
    expect(stream.position).toBe(8);
  });

  it("holds live events back while a page is being loaded", () => {
    const stream = streamAt(4);
    stream.hold();
    expect(stream.receive(entry(5))).toEqual([]);
    expect(stream.receive(entry(8))).toEqual([]);
    expect(seqs(stream.fill([entry(5), entry(7)]))).toEqual([5, 7]);
    expect(seqs(stream.release())).toEqual([8]);
  });

  it("waits for a start, and then drops what lies before it", () => {
    const stream = new Stream<number>();
    expect(stream.receive(entry(5))).toEqual([]);
    expect(stream.receive(entry(6))).toEqual([]);
    expect(stream.behind).toBe(false);
    expect(seqs(stream.learn(5))).toEqual([6]);
  });

  it("is behind once it learns of more", () => {
    const stream = streamAt(4);
    expect(stream.learn(9)).toEqual([]);
    expect(stream.position).toBe(4);
    expect(stream.behind).toBe(true);
  });

  it("moves its start to a page that is newer than the join, and hands nothing out that the page shows", () => {
    const stream = streamAt(4);
    stream.hold();
    stream.receive(entry(5));
    stream.receive(entry(7));
    stream.startAt(6);
    expect(seqs(stream.release())).toEqual([7]);
    expect(stream.behind).toBe(false);
  });

  it("moves its start back to a page that is older than the join, and knows that it is behind", () => {
    const stream = streamAt(9);
    stream.startAt(7);
    expect(stream.position).toBe(7);
    expect(stream.behind).toBe(true);
  });

  it("never goes back behind what it handed out", () => {
    const stream = streamAt(4);
    stream.receive(entry(5));
    stream.startAt(4);
    expect(stream.position).toBe(5);
  });

  it("counts a coalesced event as everything since the one before it", () => {
    const stream = streamAt(50);
    expect(seqs(stream.receive(entry(55, 50)))).toEqual([55]);
    expect(seqs(stream.receive(entry(58, 55)))).toEqual([58]);
    expect(seqs(stream.receive(entry(60, 52)))).toEqual([60]);
    expect(stream.receive(entry(70, 65))).toEqual([]);
    expect(stream.behind).toBe(true);
    expect(seqs(stream.receive(entry(65, 60)))).toEqual([65, 70]);
  });

  it("forgets events beyond its capacity, but not that there are any", () => {
    const stream = new Stream<number>(2);
    stream.learn(0);
    for (const seq of [5, 6, 7]) stream.receive(entry(seq));
    expect(seqs(stream.fill([1, 2, 3, 4].map((seq) => entry(seq))))).toEqual([1, 2, 3, 4]);
    stream.hold();
    expect(seqs(stream.release())).toEqual([5, 6]);
    expect(stream.behind).toBe(true);
  });
});
