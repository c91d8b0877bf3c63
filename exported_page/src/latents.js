// The latent point: a pad of two axes, and a slider for each latent.
import { element, short } from "./drawing.js";

const REACH = 4;

export class Latents {
  constructor(n, changed) {
    this.z = new Float32Array(n);
    this.deviation = new Float32Array(n);
    this.axes = [0, Math.min(1, n - 1)];
    this.changed = changed;
    this.sliders = Array.from({ length: n }, (_, i) => this.slider(i));
    this.pad = n > 1 ? this.makePad() : null;
    const pickers = n > 2 ? [element("div", { className: "pickers" }, [this.picker(0), this.picker(1)])] : [];
    const sliders = element("div", { className: "sliders" }, this.sliders.map(({ node }) => node));
    this.node = element("div", {}, [...(this.pad ? [this.pad] : []), ...pickers, sliders]);
  }

  /** Show a point with its deviations. */
  show(z, deviation) {
    this.z = Float32Array.from(z);
    this.deviation = Float32Array.from(deviation);
    this.draw();
  }

  draw() {
    this.sliders.forEach(({ control, output }, i) => {
      const reach = Math.max(REACH, Math.ceil(Math.abs(this.z[i])));
      Object.assign(control, { min: -reach, max: reach, value: this.z[i] });
      output.textContent = short(Math.round(1e3 * this.z[i]) / 1e3);
    });
    if (this.pad) this.drawPad();
  }

  set(i, value) {
    this.z[i] = value;
    this.draw();
    this.changed();
  }

  slider(i) {
    const control = element("input", { type: "range", min: -REACH, max: REACH, step: 0.01, value: 0 });
    const output = element("output", { textContent: "0" });
    control.addEventListener("input", () => this.set(i, Number(control.value)));
    return { control, output, node: element("label", {}, [element("span", { textContent: `z${i + 1}` }), control, output]) };
  }

  picker(side) {
    const options = Array.from(this.z, (_, i) => element("option", { textContent: `z${i + 1}`, value: i }));
    const control = element("select", {}, options);
    control.selectedIndex = this.axes[side];
    control.addEventListener("change", () => {
      this.axes[side] = control.selectedIndex;
      this.draw();
    });
    return element("label", {}, [element("span", { textContent: side ? "upward" : "to the right" }), control]);
  }

  makePad() {
    const pad = element("div", { className: "pad", tabIndex: 0 });
    pad.setAttribute("role", "application");
    pad.setAttribute("aria-label", "Latent plane: drag, or move the point with the arrow keys");
    const move = (event) => {
      const box = pad.getBoundingClientRect();
      const reach = this.reach();
      this.z[this.axes[0]] = reach * ((2 * (event.clientX - box.left)) / box.width - 1);
      this.set(this.axes[1], -reach * ((2 * (event.clientY - box.top)) / box.height - 1));
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      move(event);
    });
    pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && move(event));
    pad.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -0.1], ArrowRight: [0, 0.1], ArrowUp: [1, 0.1], ArrowDown: [1, -0.1] }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.set(this.axes[step[0]], this.z[this.axes[step[0]]] + step[1]);
    });
    return pad;
  }

  reach() {
    return Math.max(REACH, ...this.axes.map((i) => Math.ceil(Math.abs(this.z[i]))));
  }

  drawPad() {
    const reach = this.reach();
    const place = (value) => 50 + (50 * value) / reach;
    const [a, b] = this.axes;
    const rings = [1, 2, 3].map((r) => `<circle cx="50" cy="50" r="${(50 * r) / reach}" class="ring"/>`).join("");
    const spread = [a, b].map((i) => Math.max((50 * this.deviation[i]) / reach, 0.5));
    const [x, y] = [place(this.z[a]), 100 - place(this.z[b])];
    this.pad.innerHTML =
      `<svg viewBox="0 0 100 100" aria-hidden="true">${rings}<line x1="0" y1="50" x2="100" y2="50" class="ring"/>` +
      `<line x1="50" y1="0" x2="50" y2="100" class="ring"/>` +
      `<ellipse cx="${x}" cy="${y}" rx="${spread[0]}" ry="${spread[1]}" class="spread"/>` +
      `<circle cx="${x}" cy="${y}" r="2" class="point"/></svg>`;
  }
}
