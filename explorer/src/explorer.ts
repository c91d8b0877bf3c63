/** The explorer's page, in a browser or in a notebook. */

import type { Description, Training } from "./api";
import { Explorer } from "./page";
import { h } from "./dom";
import { isDark, themeButton } from "./theme";
import { overWidget, type Transport, type WidgetModel } from "./transport";
import { watch } from "./watch";
import "./style.css";

export { overHttp } from "./transport";

/** Show the explorer in an element; returns a function that takes it away. */
export function mount(root: HTMLElement, ask: Transport): () => void {
  const element = h("div", { class: "elbax" }, h("p", { class: "busy start" }, "Encoding all rows…"));
  root.append(element);
  element.dataset.theme = isDark() ? "dark" : "light";
  let page: Explorer | null = null;
  let closed = false;
  const start = async () => {
    try {
      const about = await ask<Description | Training>("describe");
      if (closed) return;
      if (about.status === "training") {
        await watch(element, ask, about.title, themeButton(element, () => {}));
        return void start();
      }
      document.title = root === document.body ? `${about.title} · elbax` : document.title;
      page = new Explorer(element, ask, about);
    } catch (error) {
      element.replaceChildren(h("p", { class: "message error" }, (error as Error).message || "the server does not answer"));
    }
  };
  void start();
  return () => {
    closed = true;
    page?.destroy();
    element.remove();
  };
}

/** What anywidget calls. */
function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  const { transport, close } = overWidget(model);
  el.classList.add("elbax-widget");
  const unmount = mount(el, transport);
  return () => {
    close();
    unmount();
  };
}

export default { render };
