"""Reading data: sources, data sets by name, the schema, and the likelihood that suits them."""

from elbax.data.aligned_array import aligned_zeros
from elbax.data.annotated import is_annotated, open_annotated, write_annotated
from elbax.data.array_files import WRITERS, write_array
from elbax.data.axes import Axes, find_axes
from elbax.data.conditions import read_conditions
from elbax.data.data_advice import data_facts, data_warnings, removal_sentence
from elbax.data.dataset import Dataset
from elbax.data.datasets import DatasetInfo, dataset_names, describe
from elbax.data.density_choice import choose_table_likelihood
from elbax.data.exposure import TOTAL, fill_exposure, is_count_matrix, take_exposure
from elbax.data.former_counts import trace_of_counts
from elbax.data.frames import as_array, check_names, keep_on_disk
from elbax.data.likelihood_check import check_distribution, check_likelihood, check_values
from elbax.data.likelihood_choice import choose_likelihood
from elbax.data.memory_mapped import MemoryMappedRows
from elbax.data.repeats import row_groups
from elbax.data.schema import Schema
from elbax.data.sources import is_image_source, load, load_columns, load_context
from elbax.data.sparse_rows import SparseRows
from elbax.data.streamed_rows import StreamedRows, without
from elbax.data.subsample import evenly_spaced, most_in_memory, random_subsample, take_evenly, take_rows
from elbax.data.table import is_table_of_kinds
from elbax.data.table_layout import layout_of
from elbax.data.units import FEWEST_COMPARED, describe_other_units

__all__ = [
    "Axes",
    "Dataset",
    "DatasetInfo",
    "FEWEST_COMPARED",
    "MemoryMappedRows",
    "Schema",
    "SparseRows",
    "StreamedRows",
    "TOTAL",
    "WRITERS",
    "aligned_zeros",
    "as_array",
    "check_distribution",
    "check_likelihood",
    "check_names",
    "check_values",
    "choose_likelihood",
    "choose_table_likelihood",
    "data_facts",
    "data_warnings",
    "dataset_names",
    "describe",
    "describe_other_units",
    "evenly_spaced",
    "fill_exposure",
    "find_axes",
    "is_annotated",
    "is_count_matrix",
    "is_image_source",
    "is_table_of_kinds",
    "keep_on_disk",
    "layout_of",
    "load",
    "load_columns",
    "load_context",
    "most_in_memory",
    "open_annotated",
    "random_subsample",
    "read_conditions",
    "removal_sentence",
    "row_groups",
    "take_evenly",
    "take_exposure",
    "take_rows",
    "trace_of_counts",
    "without",
    "write_annotated",
    "write_array",
]
