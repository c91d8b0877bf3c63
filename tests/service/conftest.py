"""Small models of four kinds, and a server with all of them."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from tests.service.served import Client, people, windows

from elbax import VAE
from elbax.service import OPEN_PATHS, ServedModel, Service
from elbax.web import Guard, Server, hosts_of, open_socket

QUICK = {"hidden": (8,), "random_state": 0, "verbose": 0, "init": "random"}


def _digits() -> ServedModel:
    """Pictures that are divided by 16, as in a run with ``divide_by``."""
    return ServedModel("digits", VAE(**QUICK).partial_fit(load_digits().images[:60].astype(np.float32) / 16), 16.0)


def _iris() -> ServedModel:
    """A model with context."""
    iris = load_iris(as_frame=True)
    return ServedModel("iris", VAE(**QUICK).partial_fit(iris.data, context=np.array(iris.target_names)[iris.target]))


MAKERS = {
    "digits": _digits,
    "people": lambda: ServedModel("people", VAE(**QUICK).partial_fit(people())),
    "series": lambda: ServedModel("series", VAE(**QUICK, axes="tc").partial_fit(windows())),
    "iris": _iris,
}


class Models(dict):
    """The models by name, each fitted when it is first asked for."""

    def __missing__(self, name: str) -> ServedModel:
        self[name] = MAKERS[name]()
        return self[name]


@pytest.fixture(scope="session")
def models() -> Models:
    """Digits, a table with gaps, series, and a model with context."""
    return Models()


@pytest.fixture(scope="session")
def serve():
    """A function that serves models, and gives a client."""
    servers = []

    def start(served: list[ServedModel]) -> Client:
        service = Service(served, most_rows=200, warm=False)
        limits = {"most_bytes": 2**18, "seconds": 90, "answer_seconds": 90}
        guard = Guard(service, hosts_of("127.0.0.1"), **limits, open_paths=OPEN_PATHS, observe=service.observe)
        server = Server(guard, open_socket("127.0.0.1", 0, 8000), log_level="CRITICAL")
        server.start()
        servers.append(server)
        return Client(server.address)

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def ask(models, serve):
    """A function that asks the server of the model in the path, which starts when it is first asked."""
    clients = {}

    def answer(path, *arguments, **options):
        name = path.split("/")[2] if path.startswith("/models/") else "iris"
        if name not in clients:
            clients[name] = serve([models[name]])
        return clients[name](path, *arguments, **options)

    return answer


@pytest.fixture(scope="session")
def ask_iris(models, serve) -> Client:
    """A client of a server with the model of iris, which is quickly computed."""
    return serve([models["iris"]])
