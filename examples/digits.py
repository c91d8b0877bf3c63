"""Fit the handwritten digits and draw the image that the README shows. ``--quick`` fits for two epochs only."""

import argparse
import io

from PIL import Image

import elbax
from elbax import plots


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="?", default="digits.png", help="the image to write")
    parser.add_argument("--quick", action="store_true", help="two epochs, to see that it runs")
    options = parser.parse_args()
    data = elbax.load_data("digits")
    vae = elbax.VAE(latent_dim=2, epochs=2 if options.quick else None, random_state=0).fit(data.x)
    low_high = (0.0, 16.0)
    figures = [
        plots.latent_scatter(vae.transform(data.x), data.labels),
        plots.decoded_sheet(vae.inverse_transform, vae.event_shape_, n=9, value_range=low_high),
        plots.reconstructions(data.x[:20], vae.reconstruct(data.x[:20]), columns=5, value_range=low_high),
    ]
    side_by_side([Image.open(io.BytesIO(plots.to_png(figure))) for figure in figures]).save(options.path, optimize=True)


def side_by_side(images: list[Image.Image], height: int = 560) -> Image.Image:
    """Scale images to one height and join them."""
    scaled = [image.resize((round(image.width * height / image.height), height)) for image in images]
    joined = Image.new("RGB", (sum(image.width for image in scaled), height), "white")
    left = 0
    for image in scaled:
        joined.paste(image, (left, 0))
        left += image.width
    return joined


if __name__ == "__main__":
    main()
