"""The five parts of a VAE and the objectives that score it; nothing here knows about training or data files."""
