import { describe, expect, it } from "vitest";
import { partsOf, type Part } from "./formatting";

/** The parts as one line: `b(…)`, `i(…)`, `s(…)`, `code(…)`, `link(…)` around what they hold. */
const NAMES = { bold: "b", italic: "i", strike: "s", code: "code", link: "link" };

function shown(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.kind === "plain") return part.text;
      return `${NAMES[part.kind]}(${"parts" in part ? shown(part.parts) : part.text})`;
    })
    .join("");
}

describe("a text", () => {
  it.each([
    ["*negrito*, _itálico_ e ~riscado~", "b(negrito), i(itálico) e s(riscado)"],
    ["*_~tudo~_*", "b(i(s(tudo)))"],
    ["(*sim*)!", "(b(sim))!"],
    ["```linha 1\n*linha* 2```", "code(linha 1\n*linha* 2)"],
    ["use `npm *test*`", "use code(npm *test*)"],
    ["*a* e *b*", "b(a) e b(b)"],
    ["*ação* 😀*x*", "b(ação) 😀b(x)"],
  ])("shows what is marked: %s", (text, expected) => expect(shown(partsOf(text))).toBe(expected));

  it.each(["3*4*5", "nome_do_arquivo_final", "* item", "*não *", "**", "*sem fim", "*duas\nlinhas*", "``````", "R$ 10~20", "_"])(
    "leaves as it is what is not: %s",
    (text) => expect(shown(partsOf(text))).toBe(text),
  );

  it.each([
    ["Veja https://loja.example/a_b_c?d=*e*.", "Veja link(https://loja.example/a_b_c?d=*e)*."],
    ["https://loja.example/um_dois_", "link(https://loja.example/um_dois)_"],
    ["*https://loja.example/x*", "b(link(https://loja.example/x))"],
    ["_veja http://a.example_", "i(veja link(http://a.example))"],
    ["javascript:alert(1) <b>x</b>", "javascript:alert(1) <b>x</b>"],
  ])("has links: %s", (text, expected) => expect(shown(partsOf(text))).toBe(expected));

  it("loses nothing and takes no time, however many marks there are", () => {
    const flat = (parts: readonly Part[]): string => parts.map((part) => ("parts" in part ? flat(part.parts) : part.text)).join("");
    const unmarked = (text: string) => text.replace(/[*_~`]/g, "");
    for (const text of ["*".repeat(4096), "*a".repeat(2048), "```".repeat(1365), `*a${" ".repeat(4000)}`, "_~*".repeat(1365), `\`${"a".repeat(4000)}`]) {
      const started = performance.now();
      expect(unmarked(flat(partsOf(text)))).toBe(unmarked(text));
      expect(performance.now() - started).toBeLessThan(500);
    }
  });
});
