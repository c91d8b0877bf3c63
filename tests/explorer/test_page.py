"""The explorer's page in Chromium: every function is clicked through, and the console stays silent."""

import base64
import os
import shutil
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.explorer.conftest import people
from tests.explorer.test_server import Recorder

from elbax.explorer import Page, Rows, Watch, open_server
from elbax.explorer.widget import _reply

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRAWN = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # WebGL without a GPU
PATIENCE = 120_000  # milliseconds, of a machine that compiles beside other work


def find_chromium() -> str | None:
    """Chromium's path, or None."""
    return os.environ.get("ELBAX_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if (path := find_chromium()) is None:
        pytest.skip("there is no Chromium: install it, or name it in ELBAX_CHROMIUM")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=DRAWN)
        yield browser
        browser.close()


def is_fault(message) -> bool:
    """Whether a message of the console is an error, other than Chromium's own line on a refused value (422)."""
    return message.type == "error" and "422" not in message.text


@pytest.fixture
def visit(browser):
    """A function that opens a page of the explorer; afterwards its console must hold no error."""
    opened, errors = [], []

    def visit(shown: Page, *, ready: bool = True, **options):
        server, address = open_server(shown, port=0)
        server.start()
        tab = browser.new_page(**{"viewport": {"width": 1280, "height": 800}, **options})
        tab.set_default_timeout(PATIENCE)
        tab.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(address)
        opened.append((server, tab))
        if ready:
            tab.wait_for_selector(".elbax[data-ready]")
        return tab

    yield visit
    for server, tab in opened:
        tab.close()
        server.stop()
    assert not errors


def place(tab, x: float, y: float) -> tuple[float, float]:
    """A pixel of the map, from its shares of width and height."""
    box = tab.locator(".map").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def mark_of(tab, name: str) -> tuple[float, float]:
    """The pixel of a mark on the map."""
    mark = tab.locator(f".overlay circle.{name}").first
    box = tab.locator(".map").bounding_box()
    return box["x"] + float(mark.get_attribute("cx")), box["y"] + float(mark.get_attribute("cy"))


def press(tab, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).locator("visible=true").click()


def panel(tab, name: str):
    return tab.locator(f"#panel-{name}")


def draw_lasso(tab) -> None:
    corners = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.21))
    tab.mouse.move(*place(tab, *corners[0]))
    tab.mouse.down()
    for corner in corners[1:]:
        tab.mouse.move(*place(tab, *corner), steps=5)
    tab.mouse.up()


def test_rows_and_points_of_a_table(table, visit):
    tab = visit(Page(table))
    assert tab.locator(".color-legend li").all_inner_texts() == ["F 72", "M 88"]
    tab.get_by_label("row number").fill("7")
    press(tab, "Show")
    row = panel(tab, "row")
    row.get_by_role("heading", name="Row 7").wait_for()
    assert row.locator("tbody tr").first.inner_text().split("\t")[:2] == ["sex", people()["sex"][7]]
    press(tab, "Nearest rows")
    row.locator("table.wide tbody tr").first.wait_for()
    assert row.locator("table.wide tbody th").first.inner_text().startswith("7")
    at = mark_of(tab, "row")
    tab.get_by_label("row number").fill("8")
    press(tab, "Show")
    row.get_by_role("heading", name="Row 8").wait_for()
    tab.mouse.move(*at)  # hover
    row.get_by_role("heading", name="Row 7").wait_for()
    tab.mouse.click(*at)
    press(tab, "Decode from here")
    point = panel(tab, "point")
    point.locator(".output tr").first.wait_for()
    places, across = [], tab.get_by_label("across", exact=True).evaluate("list => list.selectedOptions[0].text")
    for end in ("min", "max"):
        slider = point.get_by_label(across)
        slider.fill(slider.get_attribute(end))
        places.append(float(tab.locator(".overlay circle.probe").get_attribute("cx")))
    assert places[1] > places[0] + 100
    press(tab, "Move")
    point.locator(".output").evaluate("output => delete output.dataset.ms")
    tab.mouse.move(*place(tab, 0.4, 0.6))
    point.locator(".output[data-ms]").wait_for()
    tab.get_by_label("across", exact=True).select_option("z3")
    tab.locator(".axes .name", has_text="z3").wait_for()


def test_colors_density_zoom_and_theme(table, visit):
    tab = visit(Page(table))
    for name, ends in (("age", ["18", "7"]), ("joined", ["2021", "2023"]), ("log p(x), nats", ["−"])):
        tab.get_by_label("color", exact=True).select_option(label=name)
        tab.locator(".color-legend b", has_text=name).wait_for()
        shown = tab.locator(".color-legend .scale").inner_text()
        assert all(end in shown for end in ends)
    tab.get_by_label("show", exact=True).select_option("density")
    tab.locator("canvas.density:visible").wait_for()
    first = tab.locator(".axes text").all_inner_texts()
    press(tab, "zoom in")
    moved = "first => [...document.querySelectorAll('.axes text')].some((tick, i) => tick.textContent != first[i])"
    tab.wait_for_function(moved, arg=first)
    press(tab, "show all rows")
    press(tab, "dark colors")
    assert tab.locator(".elbax").get_attribute("data-theme") == "dark"


def test_a_selection_is_compared_and_exported(table, visit):
    tab = visit(Page(table))
    press(tab, "Lasso")
    draw_lasso(tab)
    selection = panel(tab, "selection")
    selection.locator(".contrast tbody tr").first.wait_for()
    n = int(selection.get_by_role("heading", level=3).inner_text().split()[0])
    assert 20 < n < 160
    with tab.expect_download() as download:
        press(tab, "Export as CSV")
    assert len(pd.read_csv(download.value.path())) == n
    with tab.expect_download() as download:
        press(tab, "Export as Parquet")
    assert len(pd.read_parquet(download.value.path())) == n
    selection.get_by_label("next rows").click() if n > 40 else None
    press(tab, "Select what is in view")
    selection.get_by_text("All rows are selected").wait_for()


def test_paths_are_strips_and_morphs(table, visit):
    tab = visit(Page(table))
    press(tab, "Path")
    tab.mouse.click(*place(tab, 0.3, 0.4))
    tab.mouse.click(*place(tab, 0.7, 0.6))
    path = panel(tab, "path")
    path.locator("table.wide thead button").nth(11).wait_for()
    assert path.locator("table.wide thead button").count() == 12
    tab.mouse.click(*place(tab, 0.5, 0.2))
    path.get_by_label("back to the start").check()
    tab.wait_for_function("document.querySelector('.route').getAttribute('points').split(' ').length == 4")
    press(tab, "Play")
    tab.wait_for_function("document.querySelector('.play input').value > 1")
    press(tab, "Pause")
    press(tab, "Undo")
    press(tab, "Clear")
    path.get_by_text("No point is chosen yet.").wait_for()


def test_odd_rows_forms_and_files(table, visit, tmp_path):
    tab = visit(Page(table))
    tab.get_by_role("tab", name="Odd rows").click()
    press(tab, "Find the oddest rows")
    panel(tab, "odd").locator("td.blame").first.wait_for()
    panel(tab, "odd").locator("tbody button").first.click()
    press(tab, "What if…")
    form = panel(tab, "form")
    press(tab, "Clear all")
    form.locator(".guess .share").first.wait_for()
    form.get_by_label("sex", exact=True).select_option("M")
    form.get_by_label("age", exact=True).fill("44")
    tab.wait_for_function("document.querySelectorAll('.guess b').length == 2")
    assert tab.locator(".overlay circle.cloud").count() == 64
    form.get_by_label("age", exact=True).fill("old")
    tab.get_by_text("'age' takes a number").wait_for()
    file = tmp_path / "new.csv"
    people().tail(9).to_csv(file, index=False)
    tab.get_by_role("tab", name="File").click()
    tab.get_by_label("file of rows").set_input_files(file)
    tab.wait_for_function("document.querySelectorAll('.overlay .placed').length == 9")
    drop = """text => {
        const carried = new DataTransfer();
        carried.items.add(new File([text], 'again.csv'));
        document.querySelector('.elbax').dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true}));
    }"""
    tab.evaluate(drop, people().tail(4).to_csv(index=False))
    tab.wait_for_function("document.querySelectorAll('.overlay .placed').length == 4")


def test_everything_goes_by_keyboard(table, visit):
    tab = visit(Page(table))
    tab.locator(".map").focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "p", "ArrowLeft", "p"):
        tab.keyboard.press(key)
    panel(tab, "path").locator("table.wide").wait_for()
    for key in ("+", "-", "0", "3", "2"):
        tab.keyboard.press(key)
    assert tab.get_by_role("button", name="Move", exact=True).get_attribute("aria-pressed") == "true"
    tab.keyboard.press("Enter")
    panel(tab, "row").get_by_role("heading", level=3).wait_for()
    tab.keyboard.press("Escape")
    tab.get_by_role("tab", name="Row", exact=True).focus()
    tab.keyboard.press("ArrowRight")
    assert tab.get_by_role("tab", name="Point").get_attribute("aria-selected") == "true"


def test_images(sessions, visit):
    tab = visit(Page(sessions("images")))
    tab.get_by_label("row number").fill("0")
    press(tab, "Show")
    panel(tab, "row").locator("canvas.picture").nth(1).wait_for()
    press(tab, "Path")
    tab.mouse.click(*place(tab, 0.3, 0.4))
    tab.mouse.click(*place(tab, 0.7, 0.6))
    panel(tab, "path").locator(".tile canvas").nth(11).wait_for()
    buffer = BytesIO()
    Image.fromarray(np.full((6, 6), 90, np.uint8)).save(buffer, "PNG")
    tab.get_by_role("tab", name="File").click()
    files = {"name": "one.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    tab.get_by_label("file of rows").set_input_files(files)
    tab.locator(".overlay .placed").wait_for()


def test_series_on_a_telephone(sessions, visit):
    tab = visit(Page(sessions("series")), viewport={"width": 390, "height": 844}, color_scheme="dark")
    assert tab.locator(".elbax").get_attribute("data-theme") == "dark"
    tab.get_by_label("row number").fill("3")
    press(tab, "Show")
    panel(tab, "row").locator("svg.chart polyline").nth(3).wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_conditional_model(sessions, visit):
    tab = visit(Page(sessions("conditional")))
    tab.get_by_role("tab", name="Point").click()
    output = panel(tab, "point").locator(".output td").first
    output.wait_for()
    before = output.inner_text()
    tab.get_by_label("kind", exact=True).select_option("low")
    tab.wait_for_function("before => document.querySelector('.output td').textContent != before", arg=before)
    tab.get_by_label("dose", exact=True).fill("1.5")


def test_a_fit_that_becomes_a_model(sessions, visit):
    session = sessions("images")
    watch = Watch(Rows.of(session.rows.x, session.rows.labels), title="a fit")
    watch.read(session.vae._encode)
    shown = Page(watch=watch)
    tab = visit(shown, ready=False)
    tab.get_by_text("Preparing…").wait_for()
    history = session.vae.history_

    class Progress:
        finished, module, step, total_steps, epoch, epochs = history, session.vae.module_, 5, 10, 3, 6

    watch(Progress)
    tab.get_by_text("Training: epoch 3 of 6").wait_for()
    tab.locator(".curves svg polyline").first.wait_for()
    Progress.finished, Progress.step, Progress.epoch = history[:0], 10, 6
    watch(Progress)
    tab.get_by_text("Trained for 6 epochs; the model is measured and compared…").wait_for()
    shown.session = session
    tab.wait_for_selector(".elbax[data-ready]")


def test_the_widget_shows_the_same_page(table, visit):
    tab = visit(Page(table))

    def reply(content):
        widget = Recorder()
        _reply(widget, Page(table), content)
        ((message, buffers),) = widget.sent
        return [message, [base64.b64encode(buffer).decode() for buffer in buffers or []]]

    tab.expose_function("python", reply)
    tab.evaluate(
        """async () => {
            const {default: widget} = await import('./explorer.js');
            let receive;
            const bytes = text => new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
            const model = {
                on: (_, callback) => (receive = callback), off: () => {},
                send: async content => { const [m, b] = await window.python(content); receive(m, b.map(bytes)); },
            };
            const el = document.createElement('div');
            document.body.replaceChildren(el);
            widget.render({model, el});
        }"""
    )
    tab.locator(".elbax-widget .elbax[data-ready] .color-legend li").first.wait_for()
