"""Image files: upright, on a background, at their own bits, of one size; what cannot be read is named."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin
from PIL.JpegImagePlugin import JpegImageFile

from elbax.data import load
from elbax.data.readers import images
from elbax.errors import InputError

RNG = np.random.default_rng(0)
DEEP = RNG.integers(0, 2**16, (4, 6, 4), np.uint16)
TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM"}
TURNS |= {5: "TRANSPOSE", 6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}
RAINBOW = np.stack(np.meshgrid(np.arange(0, 250, 25), np.arange(0, 240, 40), [90, 200]), axis=-1)[:, :, 0].astype(
    np.uint8
)


def write_png16(path, values, transparent=b""):
    """A PNG of 16 bits, which Pillow writes only for gray."""
    height, width, channels = values.shape
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, (0, 4, 2, 6)[channels - 1], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"tRNS", transparent), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
        if data or kind == b"IEND"
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


def write_tiff16(path, values, order, *, deflate=False, planar=False):
    """A TIFF of 16 bits and several channels, which Pillow does not write."""
    height, width, channels = values.shape
    data = values.astype(order + "u2").tobytes()
    data = zlib.compress(data) if deflate else data
    bits, strip = 8, 8 + 2 * channels
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, channels, bits), (259, 3, 1, 8 if deflate else 1)]
    entries += [(262, 3, 1, 2), (273, 4, 1, strip), (277, 3, 1, channels), (278, 3, 1, height), (279, 4, 1, len(data))]
    entries += [(284, 3, 1, 2)] if planar else [(338, 3, 1, 2)] if channels == 4 else []
    directory = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        short = kind == 3 and count == 1
        directory += struct.pack(order + "HHI", tag, kind, count) + struct.pack(
            order + ("HH" if short else "I"), *((value, 0) if short else (value,))
        )
    head = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, strip + len(data))
    path.write_bytes(head + struct.pack(f"{order}{channels}H", *[16] * channels) + data + directory + b"\0" * 4)


def save(folder, name, values, **options):
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    image.save(folder / name, **options)


def read(folder, **options):
    return load(folder, verbose=0, **options)


@pytest.mark.parametrize("end", ["png", "tif", "jpg", "webp"])
def test_images_are_upright_whatever_their_orientation(tmp_path, end):
    upright = np.zeros((6, 9, 3), np.uint8)
    upright[:3, :4], upright[3:, :4], upright[:3, 4:] = (255, 0, 0), (0, 0, 255), (0, 255, 0)
    exact = {"jpg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}.get(end, {})
    for tag in range(1, 9):
        image, exif = Image.fromarray(upright), Image.Exif()
        exif[274] = tag
        image = image.transpose(Image.Transpose[TURNS[tag]]) if tag > 1 else image
        image.save(tmp_path / f"{tag}.{end}", exif=exif, **exact)
    data = read(tmp_path)
    x = data.x
    assert data.notes == ("7 of 8 images are turned as the orientation tag says",)
    assert x.shape == (8, 6, 9, 3)
    assert np.abs(x.astype(int) - upright).max() <= (4 if end == "jpg" else 0)
    small = read(tmp_path, size=(3, 2), resize="stretch").x.astype(int)
    assert np.abs(small - small[:1]).max() <= (8 if end == "jpg" else 0)


def test_the_pages_of_a_tiff_have_orientations_of_their_own(tmp_path):
    turned = Image.fromarray(DEEP[..., 0]).transpose(Image.Transpose.ROTATE_180)
    with TiffImagePlugin.AppendingTiffWriter(tmp_path / "a.tif", new=True) as file:
        for image, tag in ((Image.fromarray(DEEP[..., 0]), 1), (turned, 3)):
            image.save(file, format="TIFF", tiffinfo={274: tag})
            file.newFrame()
    data = read(tmp_path)
    assert "1 of 2 images is turned as the orientation tag says" in data.notes
    np.testing.assert_array_equal(data.x[..., 0], np.stack([DEEP[..., 0]] * 2))


def test_damaged_metadata_leave_sound_pixels_as_they_are(tmp_path):
    save(tmp_path, "a.jpg", RAINBOW, exif=b"Exif\0\0nonsense")
    save(tmp_path, "b.png", RAINBOW, exif=b"nonsense")
    assert read(tmp_path).x.shape == (2, *RAINBOW.shape)


def test_photographs_are_reduced_while_they_are_decoded(tmp_path, monkeypatch):
    ramp = np.repeat(np.linspace(0, 255, 640).astype(np.uint8)[None], 480, axis=0)
    exif = Image.Exif()
    exif[274] = 6
    save(tmp_path, "a.jpg", ramp, quality=95)
    save(tmp_path, "b.jpg", Image.fromarray(ramp).transpose(Image.Transpose.ROTATE_90), quality=95, exif=exif)
    drafts, plain = [], JpegImageFile.draft
    monkeypatch.setattr(JpegImageFile, "draft", lambda *args: drafts.append(plain(*args)) or drafts[-1])
    x = read(tmp_path, size="32x24").x
    assert x.shape == (2, 24, 32, 1)
    assert sorted(draft[1][2:] for draft in drafts) == [(60, 80), (80, 60)]
    expected = ramp[0].reshape(32, 20).mean(axis=1)
    assert np.abs(x[..., 0] - expected).max() < 6


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L", "1"])
@pytest.mark.parametrize("alpha", [None, "black", "keep"])
def test_transparent_pixels_are_laid_on_the_ground(tmp_path, mode, alpha):
    color = RAINBOW[..., :2] if mode == "LA" else np.concatenate([RAINBOW[..., :2], RAINBOW[..., :1]], axis=-1)
    opacity = np.full(RAINBOW.shape[:2], 255)
    opacity[:2], opacity[2] = 0, 0 if mode in ("RGB", "L", "1", "P") else 100
    if mode in ("RGBA", "LA"):
        color = color[..., :1] if mode == "LA" else color
        values = np.concatenate([color, opacity[..., None]], axis=-1).astype(np.uint8)
        save(tmp_path, "a.png", Image.fromarray(values, mode))
    elif mode == "P":
        places = np.arange(opacity.size, dtype=np.uint8).reshape(opacity.shape)
        image = Image.fromarray(places, "P")
        image.putpalette(color.astype(np.uint8).tobytes())
        save(tmp_path, "a.png", image, transparency=bytes(opacity.astype(np.uint8).ravel().tolist()))
    else:
        color = (color if mode == "RGB" else color[..., :1] > 100 if mode == "1" else color[..., :1]) * 1
        color[:3] = {"RGB": (1, 2, 3), "L": 7, "1": 0}[mode]
        if mode == "1":
            color[3:] = 255
        image = Image.fromarray(color.astype(np.uint8).squeeze()).convert(mode)
        save(tmp_path, "a.png", image, transparency={"RGB": (1, 2, 3), "L": 7, "1": 0}[mode])
    data = read(tmp_path, **({"alpha": alpha} if alpha else {}))
    share = opacity[..., None] / 255
    if alpha == "keep":
        assert data.x.shape[-1] == (2 if color.shape[-1] == 1 else 4)
        np.testing.assert_array_equal(data.x[0, ..., -1], opacity)
        np.testing.assert_array_equal(data.x[0, ..., :-1] * (share > 0), color * (share > 0))
    else:
        expected = color * share + (0 if alpha else 255) * (1 - share)
        assert np.abs(data.x[0] * (255 if data.x.max() == 1 else 1) - expected).max() <= 1
        assert data.x.shape[-1] == color.shape[-1]
    (note,) = data.notes
    assert note.startswith(
        "1 of 1 images is transparent in places and laid on"
        if alpha != "keep"
        else "1 of 1 images is transparent in places, which is a channel"
    )


def test_opaque_alpha_is_not_worth_a_word(tmp_path):
    save(tmp_path, "a.png", np.full((3, 3, 4), 255, np.uint8))
    assert read(tmp_path).notes == ("all 1 images are gray, so one of three equal channels is kept",)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_keeps_16_bits(tmp_path, channels):
    values = DEEP[..., :channels]
    write_png16(tmp_path / "a.png", values)
    kept = read(tmp_path, alpha="keep").x[0] if channels in (2, 4) else read(tmp_path).x[0]
    assert kept.dtype == np.uint16
    np.testing.assert_array_equal(kept, values)
    if channels in (2, 4):
        share = values[..., -1:] / 65535
        expected = values[..., :-1] * share + 65535 * (1 - share)
        assert np.abs(read(tmp_path).x[0] - expected).max() <= 0.5


def test_a_transparent_color_of_16_bits(tmp_path):
    for name, channels in (("gray", 1), ("color", 3)):
        values = DEEP[..., :channels].copy()
        values[0, 0] = key = np.arange(300, 300 + channels)
        (tmp_path / name).mkdir()
        write_png16(tmp_path / name / "a.png", values, key.astype(">u2").tobytes())
        values[0, 0] = 65535
        np.testing.assert_array_equal(read(tmp_path / name).x[0], values)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_color_tiff_keeps_16_bits(tmp_path, order, deflate, channels):
    values = DEEP[..., :channels]
    write_tiff16(tmp_path / "a.tif", values, order, deflate=deflate)
    np.testing.assert_array_equal(read(tmp_path, alpha="keep" if channels == 4 else None).x[0], values)


def test_numbers_that_pillow_would_change_are_refused(tmp_path):
    write_tiff16(tmp_path / "a.tif", DEEP[..., :3], "<", planar=True)
    with pytest.raises(InputError, match="a.tif .Pillow would keep 8 bits of its channels"):
        read(tmp_path)
    (tmp_path / "a.tif").unlink()
    (tmp_path / "a.ppm").write_bytes(b"P6 2 1 65535\n" + bytes(12))
    with pytest.raises(InputError, match="a.ppm .Pillow would keep 8 bits of its channels"):
        read(tmp_path)
    (tmp_path / "a.ppm").unlink()
    save(tmp_path, "a.tif", np.array([[-1, 2]], np.int32))
    signed = struct.pack("<HHIH", 339, 3, 1, 2)
    content = (tmp_path / "a.tif").read_bytes()
    assert signed in content
    (tmp_path / "a.tif").write_bytes(content.replace(signed, struct.pack("<HHIH", 339, 3, 1, 1)))
    with pytest.raises(InputError, match="a.tif .its integers exceed 2,147,483,647"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        (DEEP[..., 0], "gray-16"),
        (DEEP[..., 0].astype(np.int32) - 40_000, "integer"),
        (np.linspace(-1, 2, 12, dtype=np.float32).reshape(3, 4), "float"),
    ],
)
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_tiff_keeps_its_numbers(tmp_path, values, pixels, compression):
    save(tmp_path, "a.tif", values, compression=compression)
    data = read(tmp_path)
    assert data.x.dtype == values.dtype
    assert data.reading["pixels"] == pixels
    np.testing.assert_array_equal(data.x[0, ..., 0], values)


def test_the_pages_of_a_tiff_are_an_image_each(tmp_path):
    pages = DEEP.transpose(2, 0, 1)
    first, *rest = map(Image.fromarray, pages)
    first.save(tmp_path / "b.tif", save_all=True, append_images=rest)
    save(tmp_path, "a.tif", pages[0])
    data = read(tmp_path)
    np.testing.assert_array_equal(data.x[..., 0], pages[[0, 0, 1, 2, 3]])
    assert data.notes == ("5 pages of 2 files are an image each",)
    np.testing.assert_array_equal(read(tmp_path / "b.tif").x[..., 0], pages)
    assert read(tmp_path / "b.tif").name == "b"


def test_pages_that_imagej_calls_channels(tmp_path):
    def write(folder, n, description):
        first, *rest = (Image.fromarray(DEEP[..., i]) for i in range(n))
        folder.mkdir(exist_ok=True)
        first.save(folder / f"{n}.tif", save_all=True, append_images=rest, tiffinfo={270: description})

    write(tmp_path / "a", 4, "ImageJ=1.54f\nimages=4\nchannels=2\nframes=2\n")
    data = read(tmp_path / "a")
    np.testing.assert_array_equal(data.x, DEEP.reshape(4, 6, 2, 2).transpose(2, 0, 1, 3))
    assert data.notes == ("each 2 pages are channels of one image, as ImageJ says; there are 2 images",)
    assert read(tmp_path / "a", size=(3, 2)).x.shape == (2, 2, 3, 2)
    with pytest.raises(InputError, match="images of 2 gray channels; read them without color"):
        read(tmp_path / "a", pixels="color-16")
    write(tmp_path / "a", 3, "ImageJ=1.54f\nimages=3\nchannels=3\n")
    with pytest.raises(InputError, match="different numbers of channels .2 of 2, 1 of 3."):
        read(tmp_path / "a")
    write(tmp_path / "b", 3, "ImageJ=1.54f\nimages=3\nchannels=2\n")
    with pytest.raises(InputError, match="its 3 pages do not make images of 2 channels"):
        read(tmp_path / "b")
    write(tmp_path / "b", 3, "ImageJ=1.54f\nimages=30\n")
    with pytest.raises(InputError, match="ImageJ wrote 30 pages into it, of which 3 have a header"):
        read(tmp_path / "b")


def test_the_first_frame_of_an_animation(tmp_path):
    frames = [Image.fromarray(np.full((3, 4), value, np.uint8)) for value in (10, 200)]
    for end in ("gif", "png"):
        frames[0].save(tmp_path / f"a.{end}", save_all=True, append_images=frames[1:])
    data = read(tmp_path)
    assert (data.x == 10).all()
    assert "2 of 2 images are animated: the first frame is read" in data.notes


def test_cmyk_and_gray_among_color(tmp_path):
    save(tmp_path, "a.jpg", Image.new("CMYK", (4, 3), (0, 255, 255, 0)), quality=100)
    save(tmp_path, "b.png", np.full((3, 4), 80, np.uint8))
    save(tmp_path, "c.png", Image.new("1", (4, 3), 1))
    x = read(tmp_path).x
    assert np.abs(x[0, 0, 0].astype(int) - [255, 0, 0]).max() < 4
    np.testing.assert_array_equal(x[1:, 0, 0], [[80] * 3, [255] * 3])


def test_8_bits_among_16_are_scaled(tmp_path):
    write_png16(tmp_path / "a.png", DEEP[..., :1])
    save(tmp_path, "b.png", np.arange(24, dtype=np.uint8).reshape(4, 6) * 10)
    data = read(tmp_path)
    np.testing.assert_array_equal(data.x[1, ..., 0], np.arange(24).reshape(4, 6) * 2570)
    assert data.notes == ("1 of 2 images is of 8 bits and scaled to 16",)
    np.testing.assert_array_equal(read(tmp_path, pixels="gray").x[0], np.rint(DEEP[..., :1] / 257))


def test_scales_that_do_not_mix(tmp_path):
    save(tmp_path, "a.tif", np.ones((3, 3), np.float32))
    save(tmp_path, "b.png", np.ones((3, 3), np.uint8))
    with pytest.raises(InputError, match="different scales .1 of kind float, 1 of kind gray.; keep one kind"):
        read(tmp_path)
    (tmp_path / "b.png").unlink()
    with pytest.raises(InputError, match="kind float, to which pixels='gray' does not apply"):
        read(tmp_path, pixels="gray")
    with pytest.raises(InputError, match="kind float, to which alpha='keep' does not apply"):
        read(tmp_path, alpha="keep")


@pytest.mark.parametrize("large", [False, True])
def test_gray_stored_as_color_has_one_channel(tmp_path, monkeypatch, large):
    monkeypatch.setattr(images, "ON_DISK_BYTES", 0 if large else 2**25)
    gray = RNG.integers(0, 256, (2, 3, 4), np.uint8)
    palette = Image.fromarray(gray[1], "P")
    palette.putpalette(np.repeat(np.arange(256), 3).astype(np.uint8).tobytes())
    save(tmp_path, "a.png", np.repeat(gray[0][..., None], 3, axis=-1))
    save(tmp_path, "b.png", palette)
    data = read(tmp_path)
    np.testing.assert_array_equal(data.x[..., 0], gray)
    assert data.x.shape[-1] == 1
    assert isinstance(data.x, np.memmap) == large
    assert data.notes == ("all 2 images are gray, so one of three equal channels is kept",)
    assert read(tmp_path, pixels="color").x.shape[-1] == 3
    assert read(tmp_path, **data.reading).notes == ()
    save(tmp_path, "c.png", RAINBOW[:3, :4])
    assert read(tmp_path, **data.reading).notes == ("1 of 3 images is of color and read as gray",)


def test_large_folders_are_decoded_to_a_memory_map(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "ON_DISK_BYTES", 1)
    monkeypatch.setattr(images, "_PIECE_BYTES", 100)
    values = RNG.integers(0, 256, (7, 6, 6), np.uint8)
    for i, image in enumerate(values):
        save(tmp_path, f"{i % 2}/{i}.png", image)
    (tmp_path / "1" / "3.png").write_bytes(b"")
    data = read(tmp_path, skip_unreadable=True)
    assert isinstance(data.x, np.memmap)
    np.testing.assert_array_equal(data.x[..., 0], values[[0, 2, 4, 6, 1, 5]])
    assert data.labels.tolist() == ["0"] * 4 + ["1"] * 2
    monkeypatch.setattr(images.shutil, "disk_usage", lambda folder: images.shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(InputError, match='6 images of 6×6 in .* GB free; read them smaller, as in size="6x6"'):
        read(tmp_path, skip_unreadable=True)


def test_subfolders_are_labels_and_files_of_systems_are_left_out(tmp_path):
    for name in ("cat/a.png", "dog/big/b.png", ".hidden/c.png", "cat/._a.png", "__MACOSX/d.png", "@eaDir/e.png"):
        save(tmp_path, name, np.eye(3, dtype=np.uint8))
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"no image")
    data = read(tmp_path, label="labels")
    assert data.labels.tolist() == ["cat", "dog/big"]
    assert read(tmp_path, context=["labels"]).context["labels"].tolist() == ["cat", "dog/big"]
    save(tmp_path, "top.png", np.eye(3, dtype=np.uint8))
    data = read(tmp_path)
    assert data.labels is None
    assert data.notes == ("some images lie in no subfolder, so subfolders are no labels",)
    with pytest.raises(InputError, match="has no labels of its own; put the images of each class into a subfolder"):
        read(tmp_path, label="labels")


def test_unreadable_files_are_counted_and_named(tmp_path, capsys):
    for i in range(6):
        save(tmp_path, f"{i}.png", RNG.integers(0, 256, (9, 9), np.uint8))
    for i in range(4):
        (tmp_path / f"{i}.png").write_bytes((tmp_path / f"{i}.png").read_bytes()[: 90 if i % 2 else 8])
    (tmp_path / "9.heic").write_bytes(b"ftypheic")
    with pytest.raises(InputError, match=r"5 of 7 images in .* cannot be read: ") as caught:
        load(tmp_path)
    message = str(caught.value)
    assert "0.png (not an image that Pillow reads)" in message
    assert "and 2 more" in message
    assert "--skip-unreadable" in message
    data = load(tmp_path, skip_unreadable=True)
    assert len(data.x) == 2
    said = capsys.readouterr().err.replace("\n", " ")
    assert "5 of 7 images cannot be read and are left out: 0.png, 2.png, 9.heic, 1.png, 3.png" in said
    (tmp_path / "4.png").unlink()
    (tmp_path / "5.png").unlink()
    with pytest.raises(InputError, match="5 of 5 images .* one .npy array if need be$"):
        load(tmp_path, skip_unreadable=True)


def test_sizes_are_counted(tmp_path):
    for i, (width, height) in enumerate([(4, 3)] * 3 + [(3, 4)] * 2 + [(90, 45)]):
        save(tmp_path, f"{i}.png", np.zeros((height, width), np.uint8))
    with pytest.raises(InputError, match=r"3 sizes: 3 of 4×3, 2 of 3×4 and 1 of 90×45 \(5.png\); .* size=\"4x3\""):
        read(tmp_path)
    data = read(tmp_path, size=(4, 3))
    assert data.x.shape == (6, 3, 4, 1)
    assert data.notes == ("3 of 6 images are brought to 4×3 (scaled and cropped)",)
    assert data.reading == {"alpha": "white", "pixels": "gray", "size": "4x3", "resize": "crop"}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
def test_resizing(tmp_path, resize, bits):
    top = 2**bits - 1
    wide = np.linspace(0, top, 40 * 80 * 3).reshape(40, 80, 3).round()
    if bits == 16:
        write_png16(tmp_path / "a.png", wide.astype(np.uint16))
    else:
        save(tmp_path, "a.png", wide.astype(np.uint8))
    x = read(tmp_path, size=20, resize=resize, alpha="black").x[0].astype(float)
    if resize == "crop":
        expected = wide[:, 20:60].reshape(20, 2, 20, 2, 3).mean(axis=(1, 3))
    elif resize == "stretch":
        expected = wide.reshape(20, 2, 20, 4, 3).mean(axis=(1, 3))
    else:
        expected = np.zeros((20, 20, 3))
        expected[5:15] = wide.reshape(10, 4, 20, 4, 3).mean(axis=(1, 3))
    inner = (slice(6, 14), slice(2, -2))
    assert np.abs(x - expected)[inner].max() < 0.005 * top
    np.testing.assert_array_equal(x == 0, (expected == 0) | (x == 0))
    assert resize != "pad" or (x[:5] == 0).all()


@pytest.mark.parametrize(("mode", "values"), [("1", {0, 1}), ("L", {0, 3, 7}), ("I;16", {0, 3000, 7000})])
def test_masks_and_label_maps_get_no_values_between(tmp_path, mode, values):
    levels = np.array(sorted(values))
    array = levels[RNG.integers(0, len(levels), (30, 30))]
    image = (
        Image.fromarray(array.astype(bool))
        if mode == "1"
        else Image.fromarray(array.astype(np.uint16 if mode == "I;16" else np.uint8))
    )
    save(tmp_path, "a.png", image)
    assert set(np.unique(read(tmp_path, size=11, resize="pad", alpha="black").x)) == values


def test_other_files_are_read_in_the_same_way(tmp_path):
    save(tmp_path, "a/1.png", RAINBOW)
    save(tmp_path, "b/1.png", np.full((50, 40), 9, np.uint8))
    first = read(tmp_path / "a", size=(10, 6), resize="pad")
    again = read(tmp_path / "b", **first.reading)
    assert again.x.shape[1:] == first.x.shape[1:] == (6, 10, 3)
    save(tmp_path, "c/1.png", Image.new("1", (4, 4), 1))
    assert read(tmp_path / "c").reading["pixels"] == "1-bit"
    assert read(tmp_path / "c", pixels="gray").x.max() == 255
    save(tmp_path, "d/1.png", np.array([[0, 255]], np.uint8))
    assert read(tmp_path / "d", pixels="1-bit").x.ravel().tolist() == [0, 1]
    save(tmp_path, "d/1.png", np.array([[0, 90]], np.uint8))
    with pytest.raises(InputError, match="values between black and white"):
        read(tmp_path / "d", pixels="1-bit")


def test_options_are_checked(tmp_path):
    save(tmp_path, "a.png", RAINBOW)
    bad = {
        "resize='pad' needs a size": {"resize": "pad"},
        "size must be a width and a height": {"size": "64x"},
        "size must be .* got 0": {"size": 0},
        "unknown alpha 'grey'": {"alpha": "grey"},
        "unknown pixels 'rgb'": {"pixels": "rgb"},
    }
    for message, options in bad.items():
        with pytest.raises(InputError, match=message):
            read(tmp_path, **options)
    np.save(tmp_path / "x.npy", RAINBOW)
    with pytest.raises(InputError, match="size is for image files"):
        read(tmp_path / "x.npy", size=3)
    with pytest.raises(InputError, match="alpha is for image files; the data set 'digits'"):
        read("digits", alpha="white")
