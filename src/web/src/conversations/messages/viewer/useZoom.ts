import { useEffect, useRef, useState, type PointerEvent } from "react";

const LARGEST = 8;

interface View {
  scale: number;
  /** How far the picture is moved from the middle, in pixels. */
  x: number;
  y: number;
}

const WHOLE: View = { scale: 1, x: 0, y: 0 };

/**
 * Zooming with keys, the wheel, a double click and two fingers, and moving what is larger than the screen. The picture is
 * moved by a transform, so that nothing is laid out anew. Each photo is whole at first.
 */
export function useZoom(photo: string) {
  const picture = useRef<HTMLImageElement>(null);
  const [view, setView] = useState(WHOLE);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const change = (next: (view: View) => View) => setView((before) => bounded(next(before), picture.current));
  const by = (factor: number) => change((before) => zoomed(before, factor));

  useEffect(() => setView(WHOLE), [photo]);
  useEffect(() => {
    if (picture.current) picture.current.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  }, [view, photo]);

  useEffect(() => {
    const stage = picture.current!.parentElement!;
    const dialog = stage.closest("dialog")!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      by(event.deltaY < 0 ? 1.2 : 1 / 1.2);
    };
    const onKeyDown = ({ key }: KeyboardEvent) => {
      if (key === "+" || key === "=") by(1.5);
      if (key === "-") by(1 / 1.5);
      if (key === "0") change(() => WHOLE);
    };
    // React's own wheel listeners may not prevent the page from scrolling.
    stage.addEventListener("wheel", onWheel, { passive: false });
    dialog.addEventListener("keydown", onKeyDown);
    return () => {
      stage.removeEventListener("wheel", onWheel);
      dialog.removeEventListener("keydown", onKeyDown);
    };
  }, []);

  const release = ({ pointerId }: PointerEvent) => void fingers.current.delete(pointerId);
  return {
    picture,
    scale: view.scale,
    by,
    stage: {
      onDoubleClick: () => change(({ scale }) => (scale === 1 ? zoomed(WHOLE, 2.5) : WHOLE)),
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      },
      onPointerMove: ({ pointerId, clientX, clientY }: PointerEvent) => {
        const before = fingers.current.get(pointerId);
        if (!before) return;
        const distance = spread(fingers.current);
        fingers.current.set(pointerId, { x: clientX, y: clientY });
        if (distance > 0) by(spread(fingers.current) / distance);
        else change(({ scale, x, y }) => ({ scale, x: x + clientX - before.x, y: y + clientY - before.y }));
      },
      onPointerUp: release,
      onPointerCancel: release,
    },
  };
}

function zoomed({ scale, x, y }: View, factor: number): View {
  const next = Math.min(LARGEST, Math.max(1, scale * factor));
  return { scale: next, x: (x * next) / scale, y: (y * next) / scale };
}

/** No edge of the picture comes further in than the middle half of the screen needs: a whole picture does not move at all. */
function bounded({ scale, x, y }: View, picture: HTMLElement | null): View {
  const [width, height] = [picture?.offsetWidth ?? 0, picture?.offsetHeight ?? 0];
  const clamp = (value: number, size: number) => Math.min(Math.max(value, (-size * (scale - 1)) / 2), (size * (scale - 1)) / 2);
  return { scale, x: clamp(x, width), y: clamp(y, height) };
}

/** The distance of two fingers; 0 where there are not two. */
function spread(fingers: ReadonlyMap<number, { x: number; y: number }>): number {
  const [a, b] = [...fingers.values()];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
}
