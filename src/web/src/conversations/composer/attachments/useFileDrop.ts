import { useEffect, useRef, useState } from "react";

/**
 * Takes files that are dropped anywhere on the page. While nothing is taken, they are refused, because the browser would leave
 * the page and show the file.
 * @returns Whether files are held over the page.
 */
export function useFileDrop(takes: boolean, onFiles: (files: File[]) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const drop = useRef(onFiles);
  drop.current = onFiles;
  useEffect(() => {
    // Each element that is entered is left after the next one was entered.
    let depth = 0;
    const over = (change: number) => {
      depth = Math.max(0, depth + change);
      setIsOver(depth > 0);
    };
    const withFiles = (act: (event: DragEvent, data: DataTransfer) => void) => (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) act(event, event.dataTransfer);
    };
    const onEnter = withFiles(() => over(1));
    const onLeave = withFiles(() => over(-1));
    const onOver = withFiles((event, data) => {
      event.preventDefault();
      data.dropEffect = takes ? "copy" : "none";
    });
    const onDrop = withFiles((event, data) => {
      over(-depth);
      // The dialog has taken them.
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (takes && data.files.length > 0) drop.current([...data.files]);
    });
    const listeners = { dragenter: onEnter, dragleave: onLeave, dragover: onOver, drop: onDrop };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener as EventListener);
    };
  }, [takes]);
  return isOver;
}
