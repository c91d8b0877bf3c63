"""Arrays in, matplotlib figures out, without pyplot: nothing global changes and nothing has to be closed."""

from elbax.plots.animation import (
    Animation,
    image_animation,
    latent_animation,
    latent_frames,
    save_animation,
    to_gif,
)
from elbax.plots.associations import pair_associations
from elbax.plots.bounds import bound_by_samples, paired_differences, rate_distortion
from elbax.plots.certificate import SurfacePanel, certificate_surface
from elbax.plots.curves import line_families, lines, sweep
from elbax.plots.images import decoded_sheet, film_strip, image_grid, reconstructions, to_pixels, traversals
from elbax.plots.labels import LabelGroup, column_names, label_groups, label_name, latent_name
from elbax.plots.latent_plane import (
    DATA_AXES,
    curve_embedding,
    data_and_reconstruction,
    decoded_curve,
    latent_plane_image,
    latent_scatter,
    reconstruction_panels,
)
from elbax.plots.metrics import column_distributions, kl_per_unit, loss_curves
from elbax.plots.style import ACCENT, BLUE, GRAY, save_png, to_png
from elbax.plots.tables import gap_patterns, latent_effects_map, odd_rows
from elbax.plots.windows import window_lines, window_reconstructions, window_traversals

__all__ = [
    "ACCENT",
    "Animation",
    "BLUE",
    "DATA_AXES",
    "GRAY",
    "LabelGroup",
    "SurfacePanel",
    "bound_by_samples",
    "certificate_surface",
    "column_distributions",
    "column_names",
    "curve_embedding",
    "data_and_reconstruction",
    "decoded_curve",
    "decoded_sheet",
    "film_strip",
    "image_grid",
    "kl_per_unit",
    "label_groups",
    "label_name",
    "latent_animation",
    "latent_effects_map",
    "latent_frames",
    "latent_name",
    "latent_plane_image",
    "latent_scatter",
    "line_families",
    "lines",
    "loss_curves",
    "odd_rows",
    "pair_associations",
    "paired_differences",
    "rate_distortion",
    "reconstruction_panels",
    "gap_patterns",
    "image_animation",
    "reconstructions",
    "save_animation",
    "save_png",
    "sweep",
    "to_gif",
    "to_pixels",
    "to_png",
    "traversals",
    "window_lines",
    "window_reconstructions",
    "window_traversals",
]
