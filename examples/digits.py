"""Fit the handwritten digits and draw the picture that the README shows: ``python examples/digits.py [OUT.png]``."""

import io
import sys

from PIL import Image

import elbax
from elbax import plots


def main(path: str = "digits.png") -> None:
    data = elbax.load_data("digits")
    vae = elbax.VAE(latent_dim=2, random_state=0).fit(data.x)
    low_high = (0.0, 16.0)
    figures = [
        plots.latent_scatter(vae.transform(data.x), data.labels),
        plots.decoded_sheet(vae.inverse_transform, vae.event_shape_, n=9, value_range=low_high),
        plots.reconstructions(data.x[:20], vae.reconstruct(data.x[:20]), columns=5, value_range=low_high),
    ]
    side_by_side([Image.open(io.BytesIO(plots.to_png(figure))) for figure in figures]).save(
        path, optimize=True
    )


def side_by_side(pictures: list[Image.Image], height: int = 560) -> Image.Image:
    """Scale pictures to one height and join them."""
    scaled = [
        picture.resize((round(picture.width * height / picture.height), height)) for picture in pictures
    ]
    joined = Image.new("RGB", (sum(picture.width for picture in scaled), height), "white")
    left = 0
    for picture in scaled:
        joined.paste(picture, (left, 0))
        left += picture.width
    return joined


if __name__ == "__main__":
    main(*sys.argv[1:])
