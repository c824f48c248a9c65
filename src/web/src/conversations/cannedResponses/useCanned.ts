import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useState } from "react";
import { cannedResponses } from "../../api/api";
import type { CannedResponse } from "../../api/types";

export interface Canned {
  isOpen: boolean;
  matches: readonly CannedResponse[];
  chosen: number;
  listId: string;
  optionId: (index: number) => string;
  choose: (index: number) => void;
  /** Handles a key of the text field; returns whether it was meant for the list. */
  press: (key: string) => boolean;
}

/** The canned responses whose code begins with what follows the slash in `text`. */
export function useCanned(text: string, onChoose: (text: string) => void): Canned {
  const asked = /^\/(\S*)$/.exec(text)?.[1]?.toLowerCase();
  const { data } = useQuery({ queryKey: ["canned-responses"], queryFn: cannedResponses, enabled: asked !== undefined });
  const listId = useId();
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState<string>();
  useEffect(() => setChosen(0), [text]);

  const matches = useMemo(
    () => (asked === undefined ? [] : (data ?? []).filter(({ short_code }) => short_code.startsWith(asked))),
    [data, asked],
  );
  const isOpen = matches.length > 0 && dismissed !== text;
  const choose = (index: number) => {
    const response = matches[index];
    if (response) onChoose(response.text);
  };
  const press = (key: string) => {
    if (!isOpen) return false;
    switch (key) {
      case "ArrowDown":
        setChosen((chosen + 1) % matches.length);
        return true;
      case "ArrowUp":
        setChosen((chosen + matches.length - 1) % matches.length);
        return true;
      case "Enter":
      case "Tab":
        choose(chosen);
        return true;
      case "Escape":
        setDismissed(text);
        return true;
      default:
        return false;
    }
  };
  return { isOpen, matches, chosen, listId, optionId: (index) => `${listId}-${index}`, choose, press };
}
