"""How an estimator makes rows from latent points: means, paths and samples."""

from threading import Lock
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from elbax import evaluate
from elbax.checks import check_integer, check_seed
from elbax.data import Schema
from elbax.errors import InputError
from elbax.fit.rows import draw_seed, encode_context, index_of, latent_points, sample_context, single_row

_SAMPLING = Lock()


class DecodingMethods:
    """Methods of `elbax.VAE` that make rows from latent points."""

    module_: Any
    schema_: Schema
    context_schema_: Schema | None
    random_state: Any
    _draws: Any  # the generator of the sequence of `sample`, once it has begun

    def inverse_transform(self, Z, *, context=None):
        """Decoder means E[x|z] in the data's own units, (n, *event), for latent points (n, latent_dim).

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.inverse_transform(np.zeros((4, 2))).shape
            (4, 3)
        """
        check_is_fitted(self, "module_")
        z = latent_points(Z, self.module_.latent_dim)
        code = encode_context(self.context_schema_, context, len(z))
        return self.schema_.decode(evaluate.decode(self.module_, z, code), index_of(Z))

    def reconstruct(self, X, *, context=None):
        """Decoder means at the posterior means, (n, *event).

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.reconstruct(x[:5]).shape
            (5, 3)
        """
        rows = self._read(X, context)
        return self.schema_.decode(evaluate.reconstruct(self.module_, rows), index_of(X))

    def interpolate(self, a, b, n_steps=11, *, context=None, kind="linear", latent=False):
        """Decoder means on a path between two rows, both ends included: (n_steps, *event).

        Args:
            a: one row, or one latent point (latent_dim,) if ``latent``.
            b: the other end.
            n_steps: number of rows to return, at least 2.
            context: one entry for the whole path.
            kind: "linear" or "spherical"; see `elbax.evaluate.interpolate`.
            latent: whether a and b are latent points.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.interpolate(x[0], x[1], 5).shape
            (5, 3)
        """
        check_is_fitted(self, "module_")
        if not latent:
            ends = {"a": a, "b": b}.items()
            a, b = (self.transform(single_row(self.schema_, *end), context=context)[0] for end in ends)
        path = evaluate.interpolate(np.ravel(a), np.ravel(b), n_steps, kind)
        return self.inverse_transform(path, context=context)

    def morph(self, X, n_per_leg=10, *, context=None, closed=True, kind="linear", latent=False):
        """Decoder means on a path through rows X in turn.

        Args:
            X: rows, or latent points (k, latent_dim) if ``latent``.
            n_per_leg: steps from each row to the next.
            context: one entry for the whole path.
            closed: whether the path returns to its start; it stops one step before, as a loop.
            kind: "linear" or "spherical"; see `elbax.evaluate.morph`.
            latent: whether X holds latent points.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.morph(x[:3], 4).shape
            (12, 3)
        """
        z = X if latent else self.transform(X, context=context)
        path = evaluate.morph(z, n_per_leg, closed=closed, kind=kind)
        return self.inverse_transform(path, context=context)

    def sample(self, n_samples=1, *, near=None, given=None, context=None, noise=True, random_state=None):
        """Draw rows from the model: z from the prior, then x from p(x|z), or E[x|z] without ``noise``.

        With rows ``near``, z comes from their posteriors instead, from one row after the other in random order: such
        samples stay where data are, even if encoded rows are not distributed like the prior. They take the context of
        these rows, one entry per row.

        With conditions ``given``, such as ``{"sex": "F", "age": (50, 60), "income": ["high", "middle"]}``, rows are
        draws of p(x | conditions): a value, a range with both ends, or a choice of labels, by column. Latent points are
        weighted, none rejected; the effective number of them is printed. With several entries of context, each row
        meets the conditions in its own. ``near`` and ``given`` together are draws near those rows that meet the
        conditions.

        Successive calls draw new rows. The estimator's ``random_state`` fixes their sequence, which restarts after
        `fit` and `elbax.load` and continues in a pickled copy. ``random_state`` here fixes this call. A conditional
        model draws ``n_samples`` rows for one entry of context, or one row per entry.

        Example:
            >>> from elbax import VAE
            >>> from sklearn.datasets import load_iris
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(load_iris().data)
            >>> bool((vae.sample(3) == vae.sample(3)).all())
            False
            >>> bool((vae.sample(3, random_state=1) == vae.sample(3, random_state=1)).all())
            True
        """
        check_is_fitted(self, "module_")
        n = check_integer("n_samples", n_samples)
        check_seed("random_state", random_state)
        if given is not None and not noise:
            raise InputError("noise=False is for rows without conditions; leave noise= or given= out")
        rows = None if near is None else self._read(near, context)
        seed = self._sample_seed() if random_state is None else draw_seed(random_state)
        n, code = sample_context(self.context_schema_, context, n, seed) if rows is None else (n, None)
        if rows is None or given is not None:
            return self._drawn(n, seed, given, noise, code, rows, several=n_samples == 1 < n and rows is None)
        return self.schema_.decode(evaluate.generate_near(self.module_, rows, n, seed, noise=noise))

    def _sample_seed(self) -> int:
        """The next seed of the sequence of `sample`; threads that share the estimator get different ones."""
        with _SAMPLING:
            self._draws = self._draws or check_random_state(self.random_state)
            return draw_seed(self._draws)

    def explore(self, X, labels=None, *, context=None, title="Explorer"):
        """Explore rows X in a notebook: a widget with their map, live decoding, odd rows and what-if.

        It needs `pip install elbax[widget]`. In the shell, `elbax explore RUN` opens the same page in a browser.

        Args:
            X: rows as for `fit`.
            labels: one per row, for colors; a Series brings their name.
            context: their context, for a conditional model.
            title: heading of the page.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(50, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> type(vae.explore(x)).__name__
            'ExplorerWidget'
        """
        from elbax.explorer import Rows, Session, make_widget

        check_is_fitted(self, "module_")
        return make_widget(Session(self, Rows.of(X, labels, context), title=title))
