import type { Template, TemplateComponent } from "../api/types";

/** A parameter of a template, which the agent fills in. */
export interface Gap {
  /** Unique in the template: the component and the parameter. */
  key: string;
  component: "header" | "body" | "button";
  /** The name or number in the template's text. */
  name: string;
  /** The position of the button whose address has the parameter. */
  index?: number;
  /** The value is the address of a file of this kind. */
  media?: "image" | "video" | "document";
}

const PARAMETER = /\{\{\s*([\w]+)\s*\}\}/g;

/** The parameters of a template, in the order of its text. */
export function gapsOf({ components }: Template): Gap[] {
  return components.flatMap((component) => {
    switch (component.type.toUpperCase()) {
      case "HEADER":
        return headerGaps(component);
      case "BODY":
        return textGaps("body", component.text);
      case "BUTTONS":
        return (component.buttons ?? []).flatMap(({ url }, index) =>
          textGaps("button", url).map((gap) => ({ ...gap, key: `button ${index}`, index })),
        );
      default:
        return [];
    }
  });
}

/** The components with their values, in the form that the Graph API expects. */
export function filled(template: Template, values: ReadonlyMap<string, string>): object[] {
  const gaps = gapsOf(template);
  const parameters = (component: Gap["component"]) => gaps.filter((gap) => gap.component === component);
  const valueOf = ({ key }: Gap) => values.get(key)?.trim() ?? "";
  const [header, body] = [parameters("header"), parameters("body")];
  return [
    ...(header.length > 0 ? [{ type: "header", parameters: header.map((gap) => parameter(gap, valueOf(gap))) }] : []),
    ...(body.length > 0 ? [{ type: "body", parameters: body.map((gap) => parameter(gap, valueOf(gap))) }] : []),
    ...parameters("button").map((gap) => ({
      type: "button",
      sub_type: "url",
      index: String(gap.index),
      parameters: [{ type: "text", text: valueOf(gap) }],
    })),
  ];
}

/** The words of a template that the customer reads. */
export interface Rendered {
  header?: string;
  body?: string;
  footer?: string;
  buttons?: string[];
}

/** The template as the customer will read it; a parameter without a value stays visible. */
export function rendered(template: Template, values: ReadonlyMap<string, string>): Rendered {
  const words: Rendered = {};
  for (const { type, text, buttons } of template.components) {
    const part = type.toLowerCase();
    if (part === "buttons" && buttons?.length) words.buttons = buttons.map((button) => button.text);
    if (text && (part === "header" || part === "body" || part === "footer")) {
      words[part] = text.replace(PARAMETER, (gap, name: string) => values.get(keyOf(part, name))?.trim() || gap);
    }
  }
  return words;
}

/** The same as lines. */
export function preview({ header, body, footer }: Rendered): string {
  return [header, body, footer].filter((line) => line !== undefined).join("\n");
}

function headerGaps({ format, text }: TemplateComponent): Gap[] {
  const media = format?.toLowerCase();
  if (media === "image" || media === "video" || media === "document") {
    return [{ key: "header media", component: "header", name: media, media }];
  }
  return textGaps("header", text);
}

function textGaps(component: Gap["component"], text = ""): Gap[] {
  const names = [...text.matchAll(PARAMETER)].map(([, name]) => name!);
  return [...new Set(names)].map((name) => ({ key: keyOf(component, name), component, name }));
}

function keyOf(component: string, name: string): string {
  return `${component.toLowerCase()} ${name}`;
}

function parameter({ name, media }: Gap, value: string): object {
  if (media) return { type: media, [media]: { link: value } };
  return /^\d+$/.test(name) ? { type: "text", text: value } : { type: "text", parameter_name: name, text: value };
}
