"""Rows of the models that the tests serve, and a client."""

import json
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pandas as pd


def people(n=60) -> pd.DataFrame:
    """A mixed table with gaps."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], n),
            "age": rng.integers(18, 80, n),
            "income": np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2, 900, n)).round(2),
            "smokes": rng.random(n) < 0.3,
            "stay": pd.to_timedelta(rng.integers(1, 50, n), "h"),
            "joined": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "name": [f"P-{i:03d}" for i in range(n)],
        }
    )
    frame.loc[::7, "income"] = np.nan
    return frame


def windows(n=60) -> np.ndarray:
    """Windows of two series of six steps, (n, 6, 2)."""
    rng = np.random.default_rng(1)
    return np.sin(np.arange(6)[None, :, None] + rng.uniform(0, 6, (n, 1, 2))) + 0.1 * rng.normal(size=(n, 6, 2))


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """Asks a server."""

    def __init__(self, address: str):
        self.url = address
        self.address = urlsplit(address)

    def __call__(self, path, body=None, method=None, kind="application/json", **headers) -> Answer:
        connection = HTTPConnection(self.address.hostname, self.address.port, timeout=100)
        text = body if body is None or isinstance(body, bytes | str) else json.dumps(body)
        given = {"Content-Type": kind} if text is not None else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method or ("GET" if body is None else "POST"), path, text, given)
        answer = connection.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found
