import builtins
import gzip
import struct

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from elbax.cli import outputs
from elbax.data import WRITERS, Dataset, load, sources, write_array
from elbax.data.readers import Reader
from elbax.errors import InputError, MissingExtraError

X = np.arange(12, dtype=np.float32).reshape(4, 3)


def idx(array, code=0x08):
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def no_pyarrow(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


@pytest.mark.parametrize("name", ["x.npy", "x.csv", "x.parquet"])
def test_what_is_written_is_read_back(tmp_path, name):
    path = tmp_path / name
    write_array(path, X, columns=["a", "b", "c"])
    data = load(path)
    np.testing.assert_array_equal(data.x, X)
    assert data.columns == (None if name == "x.npy" else ("a", "b", "c"))
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_npy_stays_on_disk(tmp_path):
    write_array(tmp_path / "x.npy", X)
    assert isinstance(load(tmp_path / "x.npy").x, np.memmap)


def test_images_are_flattened_in_tables(tmp_path):
    write_array(tmp_path / "x.csv", np.ones((2, 2, 2, 1)))
    data = load(tmp_path / "x.csv")
    assert data.x.shape == (2, 4)
    assert data.columns == ("x0", "x1", "x2", "x3")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.csv.gz", "t.tsv"])
def test_a_column_of_labels_leaves_x(tmp_path, name):
    frame, path = pd.DataFrame({"a": [1, 2], "kind": ["u", "v"]}), tmp_path / name
    if name == "t.parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if name == "t.tsv" else ",")
    data = load(path, label="kind")
    assert data.x.to_numpy().tolist() == [[1], [2]]
    assert data.labels.tolist() == ["u", "v"]
    assert data.columns == ("a",)


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", ".")])
def test_text_is_parted_as_its_first_lines_show(tmp_path, separator, decimal, names):
    frame = pd.DataFrame({"size;cm" if separator == "," else "size": [1.5, -2.25], "b": [3.5, 4.125]})
    frame.to_csv(tmp_path / "x.csv", index=False, header=names, sep=separator, decimal=decimal)
    data = load(tmp_path / "x.csv")
    np.testing.assert_array_equal(data.x, frame)
    assert data.columns == (tuple(frame.columns) if names else None)


def test_csv_without_names_keeps_its_first_row(tmp_path):
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    data = load(tmp_path / "x.csv")
    assert data.x.tolist() == [[1, 2], [3, 4]]
    assert data.columns is None


def test_the_index_that_pandas_writes_is_no_feature(tmp_path):
    pd.DataFrame({"a": [1.5, 2.5]}).to_csv(tmp_path / "x.csv")
    assert load(tmp_path / "x.csv").columns == ("a",)


@pytest.mark.parametrize("names", [("x", "y"), ("X", "labels"), ("data", "y"), ("only", "y")])
def test_npz(tmp_path, names):
    np.savez(tmp_path / "d.npz", **{names[0]: X, names[1]: np.arange(4)})
    data = load(tmp_path / "d.npz")
    np.testing.assert_array_equal(data.x, X)
    assert data.labels.tolist() == [0, 1, 2, 3]


def test_npz_with_test_rows_and_chosen_labels(tmp_path):
    np.savez(tmp_path / "d.npz", x_train=X, y_train=np.zeros(4), x_test=X[:1], y_test=[7], other=np.ones(4))
    data = load(tmp_path / "d.npz", label="other")
    assert data.labels.tolist() == [1, 1, 1, 1]
    assert data.test_x.shape == (1, 3)
    assert data.test_labels.tolist() == [7]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_idx_picks_up_the_labels_beside_it(tmp_path, pack):
    end = ".gz" if pack is gzip.compress else ""
    images = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    (tmp_path / f"t10k-images-idx3-ubyte{end}").write_bytes(pack(idx(images)))
    path = tmp_path / f"t10k-images-idx3-ubyte{end}"
    assert load(path).labels is None
    (tmp_path / f"t10k-labels-idx1-ubyte{end}").write_bytes(pack(idx(np.array([5, 6], np.uint8))))
    data = load(path)
    np.testing.assert_array_equal(data.x, images[..., None])
    assert data.x.dtype == np.uint8
    assert data.labels.tolist() == [5, 6]


@pytest.mark.parametrize(("mode", "channels", "top"), [("1", 1, 1), ("L", 1, 255), ("RGB", 3, 255), ("RGBA", 3, 255)])
def test_folder_of_images(tmp_path, mode, channels, top):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        image = Image.new("L", (5, 4), 255) if channels == 1 else Image.new("RGB", (5, 4), (255, 0, 0))
        image.convert(mode).save(tmp_path / name / "a.png")
    data = load(tmp_path)
    assert data.x.shape == (2, 4, 5, channels)
    assert data.x.max() == top
    assert data.labels.tolist() == ["cat", "dog"]


@pytest.mark.parametrize("name", ["faces.npy", "faces.npz", "faces-ubyte"])
def test_a_folder_of_images_may_be_called_anything(tmp_path, name):
    (tmp_path / name).mkdir()
    Image.new("L", (5, 4), 255).save(tmp_path / name / "a.png")
    assert load(tmp_path / name).x.shape == (1, 4, 5, 1)


def test_a_new_kind_of_file_is_a_reader_and_a_line_in_the_table(tmp_path, monkeypatch):
    path = tmp_path / "rows.own"
    path.write_text("1 2\n3 4\n")
    with pytest.raises(InputError, match="cannot tell what .*rows.own is by its name; expected .npy, .npz"):
        load(path)
    text = Reader(
        ".own", lambda path: path.suffix == ".own", lambda path, request: Dataset(path.stem, np.loadtxt(path))
    )
    monkeypatch.setattr(sources, "READERS", [*sources.READERS, text])
    np.testing.assert_array_equal(load(path).x, [[1, 2], [3, 4]])
    with pytest.raises(InputError, match="label='y' needs a table"):
        load(path, label="y")
    with pytest.raises(InputError, match="expected .npy.* or .own"):
        load(path.rename(tmp_path / "rows.doc"))


def test_images_directly_in_a_folder_have_no_labels(tmp_path):
    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("not an image")
    assert load(tmp_path).labels is None


BAD = {
    "empty.csv": (b"", "empty.csv is empty"),
    "ragged.csv": (b"a,b\n1,2\n3,4,5\n", "cannot read .*ragged.csv as a table"),
    "header.csv": (b"a,b\n", "header.csv has names of columns but no rows"),
    "bad.parquet": (b"PAR1nope", "cannot read .*bad.parquet as Parquet"),
    "latin.csv": (b"a\n\xff\xfe\n", "latin.csv is not text in UTF-8"),
    "cut.csv.gz": (gzip.compress(b"a\n" + b"1\n" * 999)[:-9], "cannot read .*cut.csv.gz"),
    "bad.npy": (b"\x93NUMPY\x01\x00", "cannot read .*bad.npy"),
    "text.npy": (b"hello", "cannot read .*text.npy"),
    "bad.npz": (b"PK\x03\x04zzz", "cannot read .*bad.npz"),
    "x.odd": (b"?", "cannot tell what .*x.odd is by its name; expected .npy"),
    "x.mat": (b"?", "x.mat is of a kind that elbax does not read; write it again, as in numpy.save"),
    "a-idx3-ubyte": (b"\x00\x00\x99\x03", "not an IDX file"),
    "b-idx3-ubyte": (b"\x00\x00\x08\x03\x00", "truncated inside its header"),
    "c-idx1-ubyte": (idx(np.arange(9, dtype=np.uint8))[:-2], "promises 9 bytes of data but 7 follow"),
    "d-idx3-ubyte.gz": (gzip.compress(idx(np.ones((2, 9, 9), np.uint8)))[:-9], "cannot read .*d-idx3"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named_in_one_sentence(tmp_path, name):
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_objects_in_npy_are_never_unpickled(tmp_path):
    np.save(tmp_path / "o.npy", np.array([[{}]], object), allow_pickle=True)
    with pytest.raises(InputError, match="as a NumPy array of numbers"):
        load(tmp_path / "o.npy")


def test_bad_images(tmp_path):
    with pytest.raises(InputError, match="no images in"):
        load(tmp_path)
    (tmp_path / "b.png").write_bytes(b"no")
    with pytest.raises(
        InputError, match=r"1 of 1 image in .* cannot be read: b.png \(not an image that Pillow reads\); save"
    ):
        load(tmp_path)


def test_unknown_names_and_columns_are_suggested(tmp_path):
    write_array(tmp_path / "rows.csv", X, columns=["age", "b", "c"])
    with pytest.raises(InputError, match="no file, folder or data set 'digit'; did you mean 'digits'"):
        load("digit")
    with pytest.raises(InputError, match=r"did you mean '.*rows.csv'"):
        load(tmp_path / "row.csv")
    with pytest.raises(InputError, match="no column 'aeg' in .*; did you mean 'age'"):
        load(tmp_path / "rows.csv", label="aeg")
    with pytest.raises(InputError, match="brings its own labels"):
        load("digits", label="y")
    write_array(tmp_path / "x.npy", X)
    with pytest.raises(InputError, match="has no named columns"):
        load(tmp_path / "x.npy", label="y")


def test_an_archive_is_no_array_and_an_array_no_archive(tmp_path):
    np.savez(tmp_path / "a.npz", x=X)
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(InputError, match="as a NumPy array of numbers"):
        load(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", X)
    (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    with pytest.raises(InputError, match="not a whole .npz archive"):
        load(tmp_path / "b.npz")


def test_ambiguous_npz_and_uneven_labels(tmp_path):
    np.savez(tmp_path / "d.npz", a=X, b=X)
    with pytest.raises(InputError, match="among 'a', 'b'; name one of them x"):
        load(tmp_path / "d.npz")
    with pytest.raises(InputError, match="no array 'q' in"):
        load(tmp_path / "d.npz", label="q")
    np.savez(tmp_path / "d.npz", x=X, y=[1])
    with pytest.raises(InputError, match="got 1 for 4 rows"):
        load(tmp_path / "d.npz")


@pytest.mark.usefixtures("no_pyarrow")
def test_parquet_without_pyarrow_says_what_to_install(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtraError, match=r"reading .parquet needs pyarrow: pip install elbax\[parquet\]"):
        load(tmp_path / "x.parquet")


def test_bad_targets(tmp_path):
    with pytest.raises(InputError, match=r"ends in \.npy, .* or \.\w+$"):
        write_array(tmp_path / "x.txt", X)
    with pytest.raises(InputError, match="expected 3 column names; got 1"):
        write_array(tmp_path / "x.csv", X, columns=["a"])
    with pytest.raises(InputError, match="no such file or directory"):
        write_array(tmp_path / "absent" / "x.npy", X)


def test_a_new_format_to_write_is_a_function_and_a_line(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="expected a name that ends in .npy, .csv, .tsv, .parquet or .png"):
        outputs.open_run(tmp_path, tmp_path / "x.txt")
    monkeypatch.setitem(WRITERS, ".txt", lambda buffer, array, columns: np.savetxt(buffer, array))
    with pytest.raises(InputError, match="not a run folder"):  # the command line takes the name
        outputs.open_run(tmp_path, tmp_path / "x.txt")
    write_array(tmp_path / "x.txt", X)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "x.txt"), X)


def test_numbers_with_signs_and_marks_are_numbers_and_what_only_looks_so_stays_text(tmp_path):
    (tmp_path / "here.csv").write_text(
        'price,share,sales,zip,phone,mixed\n"$1,250.50",45%,"12,000",0080,123 456 789,$3\n,7 %,-5,1234,123 456 780,€4\n'
    )
    data = load(tmp_path / "here.csv", verbose=0)
    assert data.x["price"].tolist()[0] == 1250.5 and data.x["price"].isna().tolist() == [False, True]
    assert data.x["share"].tolist() == [45, 7] and data.x["sales"].tolist() == [12000, -5]
    assert data.x["zip"].tolist() == ["0080", "1234"] and data.x["phone"][0] == "123 456 789"
    assert data.x["mixed"].tolist() == ["$3", "€4"]
    assert [note.split(" holds ")[0] for note in data.notes] == ["'price'", "'share'", "'sales'"]
    (tmp_path / "gaps.csv").write_text("amount,whole,code,text\n118.93,?,0080,a\n12.0,7,?,?\n?,,1234,b\n1.5,9,5,c\n")
    data = load(tmp_path / "gaps.csv", verbose=0)
    assert data.x["amount"].dtype == float and data.x["amount"].tolist()[:2] == [118.93, 12.0]
    assert str(data.x["whole"].dtype) == "Int64" and data.x["whole"].isna().tolist() == [True, False, True, False]
    assert data.x["code"].tolist()[0] == "0080" and data.x["text"].tolist()[0] == "a"
    assert data.notes == ()
    (tmp_path / "there.csv").write_text("wann;höhe;umsatz;anteil\n01.02.2023;;5;3 %\n08.07.2023;1,5;1.234,56;4 %\n")
    data = load(tmp_path / "there.csv", verbose=0)
    assert data.x["höhe"].tolist()[1] == 1.5 and data.x["umsatz"].tolist() == [5, 1234.56]
    assert data.x["wann"].tolist() == ["01.02.2023", "08.07.2023"] and data.x["anteil"].tolist() == [3, 4]
