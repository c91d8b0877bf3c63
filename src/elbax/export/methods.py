"""Methods of `elbax.VAE` that take a model to other programs."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from elbax.checks import check_path
from elbax.console import print_message
from elbax.data import Schema, as_array, fill_exposure
from elbax.export.folder import Export, ExportRows, draw_rows, export_model
from elbax.export.functions import ExportedModel
from elbax.export.page import MOST_EXAMPLES, write_page


class ExportMethods:
    """Methods of `elbax.VAE` that export it."""

    module_: Any
    schema_: Schema
    context_schema_: Schema | None
    plan_: Any
    verbose: Any
    open_rows: Any

    def export(self, folder, X=None, *, context=None, to="onnx", title="VAE") -> None:
        """Write encoder, decoder and score as programs that need no elbax; see docs/export.md.

        Numbers are standardized, and log-ratios and axes are changed, inside the programs. ``schema.json`` says how
        text, dates and gaps become numbers; ``reader.py`` and ``reader.js`` do that. The number of rows is free.
        Each program is compared with JAX before anything is written.

        Args:
            folder: where the files go: ``encoder.onnx`` (mean and deviation of q(z|x)), ``decoder.onnx`` (E[x|z]),
                ``score.onnx`` (log p(x) from standard normal noise) and ``schema.json``.
            X: rows to compare on; by default some that the model draws.
            context: their context, for a conditional model.
            to: "onnx" (needs ``elbax[onnx]``), or "stablehlo", which `jax.export.deserialize` reads.
            title: a name for the model.

        Raises:
            InputError: a part of the model has no form in the format, or a program differs from JAX by more than 1e-4.

        Example:
            >>> import tempfile
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 2))
            >>> folder = tempfile.mkdtemp()
            >>> VAE(hidden=(4,), epochs=1, random_state=0, verbose=0).fit(x).export(folder, x, to="stablehlo")
            >>> from pathlib import Path
            >>> sorted(path.name for path in Path(folder).iterdir())[:2]
            ['decoder.stablehlo', 'encoder.stablehlo']
        """
        rows = None if X is None else self._in_numbers(X, context)
        exported = self._exported(rows, to, title)
        exported.write(check_path("folder", folder))

    def export_page(self, path, X=None, *, context=None, title="VAE") -> None:
        """Write one HTML page that encodes and decodes rows in a browser, opened from disk, without a server.

        Args:
            path: of the file; about 5 MB, most of it the runtime.
            X: rows of which the page offers a dozen to start from; without, the model draws some, and the page holds
                no rows of data.
            context: their context, for a conditional model.
            title: of the page.

        Raises:
            InputError: as in `export`.
        """
        rows = None if X is None else self._in_numbers(X, context)
        exported = self._exported(rows, "onnx", title)
        if rows is None:
            model = ExportedModel(self.module_, self.schema_, self.context_schema_)
            examples, names = draw_rows(model, MOST_EXAMPLES), "drawn row"
        else:
            examples, names = rows.few(MOST_EXAMPLES), "row"
        labels = [f"{names} {i + 1}" for i in range(len(examples.x))]
        write_page(check_path("path", path), exported, examples, labels)

    def _exported(self, rows: ExportRows | None, to: str, title: str) -> Export:
        check_is_fitted(self, "module_")
        schemas = (self.schema_, self.context_schema_)
        exported = export_model(self.module_, *schemas, self.plan_, rows, to=to, title=title)
        for name, sentence in exported.left_out.items() if self.verbose else ():
            print_message(f"export: {name} is left out: {sentence}")
        return exported

    def _in_numbers(self, X, context) -> ExportRows:
        """Rows and context as exported programs take them."""
        check_is_fitted(self, "module_")
        X, context = self.open_rows(X, context)
        schema = self.schema_
        codes = schema.encode(X)  # checks names, shape and values
        x = codes if schema.table is not None else schema.axes.accept(as_array(X)[0])
        return ExportRows(np.asarray(x, np.float32), self._context_in_numbers(context, len(codes)))

    def _context_in_numbers(self, context, n: int) -> np.ndarray | None:
        schema = self.context_schema_
        if schema is None:
            return None
        if schema.exposure is not None:
            context = fill_exposure(schema, context, np.array([schema.exposure.usual]))
        schema.inputs(codes := schema.encode(context), n)  # checks the number of entries
        return np.broadcast_to(codes, (n, *codes.shape[1:])).astype(np.float32)
