"""The explorer's page in Chromium: how long until a million rows are drawn, and until a point is decoded.

    python -m benchmarks.explorer                 # digits, a mixed table with gaps, windows of series, 10⁶ rows
    python -m benchmarks.explorer digits --output results.json

Needs `pip install elbax[test]` and a Chromium; WebGL is drawn in software. Times are those of the page: from the
request for a point to the decoded row in the page, and from opening the address to the drawn map.
"""

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright
from sklearn.datasets import load_digits

from benchmarks.machine import describe_machine
from elbax import VAE
from elbax.explorer import Page, Rows, Session, open_server

_MOVES = 200
_DRAWN = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FITTED = 4_000  # rows of the largest data that the model is fitted to


def digits() -> Session:
    """1,797 images of 8 × 8."""
    data = load_digits()
    x = data.images.astype(np.uint8)
    return Session(VAE(epochs=20, random_state=0, verbose=0).fit(x), Rows.of(x, data.target), title="digits")


def people(n: int = 3_000) -> pd.DataFrame:
    """A table of labels, numbers, dates and gaps."""
    rng = np.random.default_rng(0)
    sex, age = rng.choice(["F", "M"], n), rng.integers(18, 80, n)
    income = np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2, 900, n) * (1 + (sex == "M"))).round(2)
    frame = pd.DataFrame({"sex": sex, "age": age, "income": income, "city": rng.choice(["Oslo", "Rome", "Lima"], n)})
    frame["joined"] = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    for name in ("income", "city"):
        frame.loc[rng.choice(n, n // 12, replace=False), name] = None
    return frame


def table() -> Session:
    """3,000 rows of five kinds of columns with gaps."""
    frame = people()
    vae = VAE(latent_dim=3, epochs=20, random_state=0, verbose=0).fit(frame)
    return Session(vae, Rows.of(frame, frame["sex"]), title="table with gaps")


def series() -> Session:
    """1,500 windows of 48 steps of two series."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, 2 * np.pi, 48)
    phase, speed = rng.uniform(0, 6, 1500)[:, None], rng.choice([1, 2, 3], 1500)
    waves = np.stack([np.sin(speed[:, None] * t + phase), np.cos(speed[:, None] * t + phase)], axis=-1)
    x = waves + rng.normal(0, 0.1, waves.shape)
    vae = VAE(latent_dim=4, axes="tc", epochs=20, random_state=0, verbose=0).fit(x)
    return Session(vae, Rows.of(x, speed), title="series")


def million(n: int = 10**6) -> Session:
    """10⁶ rows of eight numbers in five clusters, of which a few thousand are fitted."""
    rng = np.random.default_rng(0)
    cluster = rng.integers(0, 5, n)
    x = (rng.normal(0, 4, (5, 8))[cluster] + rng.normal(size=(n, 8))).astype(np.float32)
    vae = VAE(epochs=20, random_state=0, verbose=0).fit(x[:_FITTED])
    return Session(vae, Rows.of(x, cluster), title="a million rows")


SESSIONS: dict[str, Callable[[], Session]] = {"digits": digits, "table": table, "series": series, "million": million}


def measure(browser: Any, session: Session, picture: Path | None) -> dict[str, Any]:
    """Seconds until the map is drawn, and milliseconds until a new point is decoded, p50 and p95."""
    page = Page()
    server, address = open_server(page, port=0)
    started = time.perf_counter()
    page.open(session)
    encoded = time.perf_counter() - started
    server.start()
    tab, errors = browser.new_page(viewport={"width": 1280, "height": 800}), []
    tab.set_default_timeout(600_000)
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    started = time.perf_counter()
    tab.goto(address)
    tab.wait_for_selector(".elbax[data-ready]")
    drawn = time.perf_counter() - started
    times = _decode_times(tab)
    if picture is not None:
        tab.screenshot(path=picture)
    tab.close()
    server.stop()
    p50, p95 = np.quantile(times, [0.5, 0.95]).round(1).tolist()
    facts = {"rows": len(session.rows), "encoded_seconds": round(encoded, 1), "drawn_seconds": round(drawn, 1)}
    return facts | {"decode_ms_p50": p50, "decode_ms_p95": p95, "points": len(times), "console_errors": errors}


def _decode_times(tab: Any) -> list[float]:
    """Milliseconds from a move of the pointer to the decoded row, of 200 points the page has not seen."""
    tab.get_by_role("button", name="Move", exact=True).click()
    box = tab.locator(".map").bounding_box()
    places, times = np.random.default_rng(1).uniform(0.2, 0.8, (_MOVES + 5, 2)), []
    for x, y in places:
        tab.evaluate("delete document.querySelector('#panel-point .output').dataset.ms")
        tab.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        output = tab.locator("#panel-point .output[data-ms]")
        output.wait_for()
        times.append(float(output.get_attribute("data-ms")))
    return times[5:]


def main(arguments: list[str] | None = None) -> None:
    """Measure the sessions that are named, by default all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*SESSIONS, []], default=[])
    parser.add_argument("--output", type=Path, help="JSON file for the results")
    parser.add_argument("--pictures", type=Path, help="folder for screenshots")
    options = parser.parse_args(arguments)
    path = os.environ.get("ELBAX_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)))
    results: dict[str, Any] = {"machine": describe_machine()}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_DRAWN)
        for name in options.names or SESSIONS:
            picture = None if options.pictures is None else options.pictures / f"{name}.png"
            results[name] = measure(browser, SESSIONS[name](), picture)
            print(name, json.dumps(results[name]), flush=True)
        browser.close()
    if options.output is not None:
        options.output.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
