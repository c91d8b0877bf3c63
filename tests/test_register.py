"""Parts of the user's own: registered, named, fitted, saved, and known again in another process."""

import importlib
import json
import pickle
import subprocess
import sys

import equinox as eqx
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import elbax
from elbax.cli import app
from elbax.core import registry
from elbax.core.config import choose, to_config
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Normal
from elbax.core.objectives import OBJECTIVES, AbstractPenalty
from elbax.core.posteriors import POSTERIORS
from elbax.core.priors import PRIORS, StandardNormal
from elbax.core.vae import NETWORKS
from elbax.errors import InputError
from elbax.runs.folder import Run

# A user's file with one part of each kind.
PARTS = """
import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

import elbax
from elbax.core.likelihoods import AbstractLikelihood, Support
from elbax.core.networks import MLP
from elbax.core.objectives import AbstractSingleSample, AbstractPenalty
from elbax.core.posteriors import AbstractPosterior
from elbax.core.priors import AbstractPrior
from elbax.core.vae import NETWORKS, NetworkPair


@elbax.register
class Laplace(AbstractLikelihood):
    name = "laplace"
    scale: float = eqx.field(static=True, default=1.0)
    outputs_per_feature = 1
    support = Support()

    def distribution(self, outputs):
        return dist.Laplace(self.by_feature(outputs)[..., 0], self.scale)


@elbax.register
class Narrow(AbstractPosterior):
    name = "narrow"
    factorized = True

    def encoder_shape(self, latent_dim):
        return latent_dim, 1

    def distribution(self, outputs):
        return dist.Normal(outputs[:, 0], 0.1)


@elbax.register
class Shifted(AbstractPrior):
    name = "shifted"
    by: float = eqx.field(static=True, default=1.0)

    def distribution(self, module):
        return dist.Normal(jnp.full(module.latent_dim, self.by), 1.0)


@elbax.register
class Sparse(AbstractPenalty):
    name = "sparse"
    weight: float = eqx.field(static=True, default=0.1)

    def __call__(self, codes):
        return self.weight * jnp.abs(codes.z).sum(axis=1)


@elbax.register
class Heavy(AbstractSingleSample):
    name = "heavy"

    def loss(self, codes):
        return codes.reconstruction + 3 * codes.kl.sum(axis=1)


class Encoder(MLP):
    pass


def decoder(*shapes, **options):
    return NETWORKS["mlp"].decoder(*shapes, **options)


elbax.register(NetworkPair(Encoder, decoder, hidden=(5,)), name="mine")
"""

# What another process sees of the run (first argument), the model (second) and the file of parts (third).
ELSEWHERE = """
import json, sys
import numpy as np
import elbax
from elbax.cli import app
from elbax.errors import InputError
from typer.testing import CliRunner

run, model, parts, out = sys.argv[1:]
call = lambda *words: CliRunner().invoke(app, list(words))
failed = [call("info", run), call("fit", "--resume", run)]
try:
    elbax.load(model)
except InputError as error:
    message = str(error)
known = [call("info", run, "--import", parts), call("fit", "--resume", run, "--import", parts)]
known.append(call("encode", run, f"{run}/../table.csv", "--out", f"{out}/codes.npy", "--import", parts))
vae = elbax.load(model)
np.save(f"{out}/scores.npy", vae.transform(np.load(f"{out}/rows.npy")))
codes = [result.exit_code for result in failed + known]
print(json.dumps([codes, message, failed[0].stderr, failed[1].stderr, [str(r.exception) for r in known]]))
"""


@pytest.fixture(autouse=True)
def as_before():
    """Nothing that a test registers is known to the next."""
    before = {id(each): set(each) for each in registry.Registry.everything}
    modules = set(sys.modules)
    registry._load_entry_points.cache_clear()
    yield
    for each in registry.Registry.everything:
        for name in set(each) - before[id(each)]:
            del each[name]
    for name in {"parts", "shelf", "broken_shelf"} - modules:
        sys.modules.pop(name, None)
    registry._load_entry_points.cache_clear()


def test_parts_of_ones_own_are_fitted_saved_and_known_again_elsewhere(tmp_path):
    parts, run, model = tmp_path / "parts.py", tmp_path / "run", tmp_path / "model"
    parts.write_text(PARTS)
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    np.savetxt(tmp_path / "table.csv", rows, delimiter=",", header="a,b,c", comments="")
    np.save(tmp_path / "rows.npy", rows)

    named = 'likelihood = "laplace(scale=2)"\nprior = "shifted(by=2)"\nobjective = "sparse(weight=2)"\n'
    (tmp_path / "fit.toml").write_text(named)
    options = ["--config", str(tmp_path / "fit.toml"), "--posterior=narrow", "--network=mine"]
    small = ["--epochs=2", "--init=random", "--no-report", f"--out={run}"]
    fitted = CliRunner().invoke(app, ["fit", str(tmp_path / "table.csv"), "--import", str(parts), *options, *small])
    assert fitted.exit_code == 0, fitted.output
    assert Run.open(run).settings.imports == [str(parts)]

    user = sys.modules["parts"]
    module = Run.open(run).load().module_
    assert type(module.likelihood) is user.Laplace and module.likelihood.scale == 2
    assert type(module.posterior) is user.Narrow and module.prior == user.Shifted(by=2)
    assert type(module.encoder) is user.Encoder and len(module.encoder.layers[0].bias) == 5

    vae = elbax.VAE(
        objective="heavy",
        likelihood=user.Laplace(),
        prior=user.Shifted(),
        epochs=2,
        hidden=(4,),
        init="random",
    )
    vae.set_params(random_state=0, verbose=0).fit(rows)
    last = vae.history_.iloc[-1]
    assert last["loss"] == pytest.approx(last["reconstruction"] + 3 * last["kl"], rel=1e-5)
    vae.save(model)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(vae)).transform(rows), vae.transform(rows))
    assert vae.diagnose(rows, probes=False).findings

    script = [sys.executable, "-c", ELSEWHERE, *map(str, (run, model, parts, tmp_path))]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    codes, message, info, resume, exceptions = json.loads(done.stdout.splitlines()[-1])
    assert codes == [2, 2, 0, 0, 0], exceptions
    assert "unknown likelihood 'laplace'" in message and "elbax.register or --import MODULE" in message
    assert f"the run was started with --import {parts}" in info
    assert "unknown" in resume and f"--import {parts}" in resume
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), vae.transform(rows), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        np.load(tmp_path / "codes.npy"),
        Run.open(run).load().transform(pd.read_csv(tmp_path / "table.csv")),
        rtol=1e-4,
        atol=1e-5,
    )


def shifted(name="shifted", qualname="Shifted"):
    """A prior of the user's own, as a module that is run again would define it."""
    return type(qualname, (StandardNormal,), {"name": name, "__module__": "user", "__qualname__": qualname})


def test_a_registered_name_can_be_given_listed_and_described():
    part = shifted()
    assert elbax.register(part) is part and elbax.register(part) is part
    assert "shifted" in PRIORS and type(choose(PRIORS, "shifted")) is part
    assert choose(PRIORS, part()) == part()
    assert to_config(part()) == {"name": "shifted"}
    again = elbax.register(shifted())  # the module was reloaded
    assert PRIORS["shifted"] is again is not part


def test_a_part_of_another_module_does_not_take_a_name():
    elbax.register(shifted())
    with pytest.raises(InputError, match="the prior 'shifted' already exists; choose another name"):
        elbax.register(shifted(qualname="Other"))
    pair = NETWORKS["mlp"]
    assert elbax.register(pair, name="mlp") is pair
    with pytest.raises(InputError, match="the network 'mlp' already exists"):
        elbax.register(NETWORKS["conv"], name="mlp")


class Incomplete(AbstractPenalty):
    name = "incomplete"


class Nameless(AbstractLikelihood):
    outputs_per_feature, support, distribution = 1, None, None


@pytest.mark.parametrize(
    ("part", "name", "message"),
    [
        (Incomplete, None, "Incomplete: it lacks __call__"),
        (
            Nameless,
            None,
            'Nameless: it needs a name of letters, .* as in name = "nameless" in the class; got None',
        ),
        (type("Own", (Normal,), {}), None, "the likelihood 'normal' already exists"),
        (type("Odd", (Normal,), {"name": "so-so"}), None, "Odd: it needs a name of letters.*got 'so-so'"),
        (type("Auto", (Normal,), {"name": "auto"}), None, "other than 'auto'"),
        (shifted(), "sideways", "Shifted as 'sideways': the name in its class is 'shifted'"),
        (NETWORKS["mlp"], None, 'it needs a name of letters.* as in name="mine"; got None'),
        (Normal(), None, "expected a class that subclasses AbstractLikelihood, AbstractPosterior"),
        (eqx.Module, None, "expected a class that subclasses"),
        (len, None, "expected a class that subclasses"),
    ],
)
def test_what_cannot_be_registered_is_refused_in_a_sentence(part, name, message):
    with pytest.raises(InputError, match=message):
        elbax.register(part, name=name)


def test_a_part_is_not_put_into_the_registry_of_another_kind():
    with pytest.raises(InputError, match="cannot register Shifted as a posterior: it has another type"):
        POSTERIORS["shifted"] = shifted()


SHELF = """
import elbax
from elbax.core.objectives import AbstractPenalty
from elbax.core.priors import StandardNormal
from elbax.core.vae import NETWORKS


class Shifted(StandardNormal):
    name = "shifted"


class Sparse(AbstractPenalty):
    name = "sparse"

    def __call__(self, codes):
        return abs(codes.z).sum(axis=1)


PAIR = NETWORKS["mlp"]._replace(hidden=(7,))
"""


def installed(folder, package, module, code, entries):
    """A package as pip would have left it in a folder of sys.path."""
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join(f"{name} = {value}" for name, value in entries.items())
    (info / "entry_points.txt").write_text(f"[elbax.parts]\n{lines}\n")


def test_parts_of_an_installed_package_are_loaded_once_a_name_is_missing(tmp_path, monkeypatch):
    entries = {"prior": "shelf:Shifted", "sparse": "shelf:Sparse", "seven": "shelf:PAIR"}
    installed(tmp_path, "the-shelf", "shelf", SHELF, entries)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert PRIORS.find("flow") and "normal" in LIKELIHOODS and "shelf" not in sys.modules
    assert choose(PRIORS, "shifted").name == "shifted"
    assert OBJECTIVES["sparse"].__module__ == "shelf" and NETWORKS["seven"].hidden == (7,)
    del PRIORS["shifted"]
    assert "shifted" not in PRIORS  # packages are asked once
    with pytest.raises(InputError, match="unknown prior 'shift'.*known: .*vamp"):
        PRIORS.find("shift")


@pytest.mark.parametrize(
    ("code", "value", "reason"),
    [
        ("import no_such_module", "broken_shelf:Part", "No module named 'no_such_module'"),
        ("raise OSError('no disk')", "broken_shelf", "OSError: no disk"),
        ("Part = 3", "broken_shelf:Part", "expected a class that subclasses"),
        (SHELF.replace('"shifted"', '"flow"'), "broken_shelf:Shifted", "'flow' already exists"),
    ],
)
def test_a_broken_package_is_named_where_a_name_is_missing(tmp_path, monkeypatch, code, value, reason):
    installed(tmp_path, "the-broken-shelf", "broken_shelf", code, {"part": value})
    installed(tmp_path, "the-shelf", "shelf", SHELF, {"shifted": "shelf:Shifted"})
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert choose(PRIORS, "shifted").name == "shifted"  # the other package is whole
    with pytest.raises(InputError, match="no prior is named 'wide', but the package 'the-broken-shelf'") as caught:
        choose(PRIORS, "wide")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("nowhere.py", None, "there is no such file"),
        ("no_such_module", None, "No module named 'no_such_module'"),
        ("parts.py", "1 / 0", "ZeroDivisionError: division by zero"),
        ("json.py", "", "another module named json is imported already; rename the file"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_a_sentence(tmp_path, monkeypatch, name, code, message):
    monkeypatch.chdir(tmp_path)
    if code is not None:
        (tmp_path / name).write_text(code)
    for command in (["fit", "digits"], ["info", "run"]):
        result = CliRunner().invoke(app, [*command, "--import", name])
        assert result.exit_code == 2 and "parts" not in sys.modules
        assert f"elbax: cannot import {name}: " in result.stderr and message in result.stderr
