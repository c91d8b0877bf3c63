/** Light and dark: as the system says, until somebody chooses. */

import { button } from "./dom";

const DARK = matchMedia("(prefers-color-scheme: dark)");
let chosen: boolean | null = null;

export function isDark(): boolean {
  return chosen ?? DARK.matches;
}

/** A button that changes the theme of an element and tells who draws. */
export function themeButton(element: HTMLElement, changed: (dark: boolean) => void): HTMLButtonElement {
  const toggle = button("", () => {
    chosen = !isDark();
    apply();
  });
  const apply = () => {
    const dark = isDark();
    element.dataset.theme = dark ? "dark" : "light";
    toggle.textContent = dark ? "Light" : "Dark";
    toggle.setAttribute("aria-label", dark ? "light colors" : "dark colors");
    changed(dark);
  };
  DARK.addEventListener("change", apply);
  apply();
  return toggle;
}
