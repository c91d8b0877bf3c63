"""Pythae's own trainer, in its main process, with fused Adam; a repeat is its `train_step`, an epoch.

`train` would also save the model and reset the optimizer at every call; neither is timed.
"""

import logging
import os
import tempfile

os.environ["TQDM_DISABLE"] = "1"

import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import nn

from benchmarks.peers import with_torch

logging.disable(logging.INFO)


class Encoder(BaseEncoder):
    """The peers' encoder, as Pythae wants it."""

    def __init__(self, network, layers):
        super().__init__()
        self.latent_dim, self.layers = network.latent, layers

    def forward(self, x):
        mean, log_variance = self.layers(x).chunk(2, -1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class Decoder(BaseDecoder):
    """The peers' decoder, as Pythae wants it: it returns means."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(layers, nn.Sigmoid())

    def forward(self, z):
        return ModelOutput(reconstruction=self.layers(z))


def trainer_of(case, rows, seed):
    if case.network.likelihood != "bernoulli" or case.network.samples > 1:
        raise NotImplementedError("has no such loss")
    parts = with_torch.VAE(case.network, seed)
    config = VAEConfig(input_dim=(case.network.features,), latent_dim=case.network.latent, reconstruction_loss="bce")
    model = VAE(config, Encoder(case.network, parts.encoder), Decoder(parts.decoder))
    x = torch.from_numpy(rows)
    settings = BaseTrainerConfig(
        output_dir=tempfile.gettempdir(),
        per_device_train_batch_size=case.batch,
        num_epochs=case.epochs,
        learning_rate=case.rate,
        optimizer_params={"fused": True},
        seed=seed,
    )
    return BaseTrainer(model, BaseDataset(x, torch.zeros(len(x))), training_config=settings)


def train(case, rows, seed):
    trainer = trainer_of(case, rows, seed)
    trainer.prepare_training()

    def run():
        for epoch in range(case.epochs):
            loss = trainer.train_step(epoch)
        return {"loss": loss, "parameters": with_torch.count(trainer.model)}

    return run


TASKS = {"train": train, "command": train}
