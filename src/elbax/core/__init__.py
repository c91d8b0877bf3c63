"""The five parts of a VAE and the objectives; independent of training and data files."""
