/** Fingers as a mouse: one drags, two pinch; the map's renderer knows mice only. */

function mouse(type: string, touch: Touch): MouseEvent {
  const { clientX, clientY } = touch;
  return new MouseEvent(type, { clientX, clientY, bubbles: true, cancelable: true, buttons: 1, view: window });
}

function distance(touches: TouchList): number {
  const [a, b] = [touches[0]!, touches[1]!];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

export function forwardTouch(element: HTMLElement, target: HTMLElement): void {
  let pinch = 0;
  element.addEventListener(
    "touchstart",
    (event) => {
      if (event.touches.length === 2) pinch = distance(event.touches);
      if (event.touches.length !== 1) return;
      target.dispatchEvent(mouse("mouseenter", event.touches[0]!));
      target.dispatchEvent(mouse("mousemove", event.touches[0]!));
      target.dispatchEvent(mouse("mousedown", event.touches[0]!));
    },
    { passive: true },
  );
  element.addEventListener(
    "touchmove",
    (event) => {
      event.preventDefault();
      if (event.touches.length === 1) target.dispatchEvent(mouse("mousemove", event.touches[0]!));
      if (event.touches.length !== 2) return;
      const now = distance(event.touches);
      const { clientX, clientY } = event.touches[0]!;
      target.dispatchEvent(new WheelEvent("wheel", { deltaY: (pinch - now) * 2, clientX, clientY, cancelable: true }));
      pinch = now;
    },
    { passive: false },
  );
  element.addEventListener("touchend", (event) => target.dispatchEvent(mouse("mouseup", event.changedTouches[0]!)), { passive: true });
}
