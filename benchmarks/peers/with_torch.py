"""PyTorch: tensors in memory indexed by a permutation, fused Adam; eager, or through `torch.compile`.

On a GPU the tensors lie there, products round their factors to TF32 as JAX's do, and compiled programs are replayed as
CUDA graphs.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

ACTIVATIONS = {"relu": nn.ReLU, "softplus": nn.Softplus, "tanh": nn.Tanh}
LOWEST, PACE = -6.0, 3.0
SERVED_ROWS = 1000
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
_compiling = False

if DEVICE == "cuda":
    torch.set_float32_matmul_precision("high")


def use_compiler():
    """From now on `train` compiles its loss."""
    global _compiling
    _compiling = True


def dense_stack(widths, network):
    modules = []
    for n_in, n_out in zip(widths[:-2], widths[1:-1], strict=True):
        modules += [nn.Linear(n_in, n_out), ACTIVATIONS[network.activation]()]
        modules += [nn.Dropout(network.dropout)] if network.dropout else []
    return nn.Sequential(*modules, nn.Linear(*widths[-2:]))


def encoder_of(network):
    if network.kind == "dense":
        return dense_stack((network.features, *network.hidden, 2 * network.latent), network)
    first, second = network.hidden
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, first, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(first, second, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        dense_stack((7 * 7 * second, 256, 2 * network.latent), network),
    )


def decoder_of(network):
    if network.kind == "dense":
        return dense_stack((network.latent, *network.hidden[::-1], network.features), network)
    first, second = network.hidden
    if network.kind == "conv":
        stem = dense_stack((network.latent, 256, 7 * 7 * second), network)
        upwards = [
            *(nn.Conv2d(second, 4 * first, 3, padding=1), nn.PixelShuffle(2), nn.ReLU()),
            *(nn.Conv2d(first, 4 * first, 3, padding=1), nn.PixelShuffle(2), nn.ReLU()),
            nn.Conv2d(first, 1, 3, padding=1),
        ]
    else:
        stem = nn.Linear(network.latent, 7 * 7 * second)
        double = {"stride": 2, "padding": 1, "output_padding": 1}
        upwards = [
            *(nn.ConvTranspose2d(second, second, 3, **double), nn.ReLU()),
            *(nn.ConvTranspose2d(second, first, 3, **double), nn.ReLU()),
            nn.ConvTranspose2d(first, 1, 3, padding=1),
        ]
    return nn.Sequential(stem, nn.ReLU(), nn.Unflatten(1, (second, 7, 7)), *upwards, nn.Flatten())


class VAE(nn.Module):
    """Encoder, decoder and, for the normal likelihood, log-scales."""

    def __init__(self, network, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.network, self.encoder, self.decoder = network, encoder_of(network), decoder_of(network)
        if network.likelihood == "normal":
            self.scales = nn.Parameter(torch.full((network.features,), np.log(0.1) / PACE))
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        self.to(DEVICE)

    def log_likelihood(self, x, outputs):
        if self.network.likelihood == "bernoulli":
            losses = functional.binary_cross_entropy_with_logits(outputs, x.expand_as(outputs), reduction="none")
            return -losses.sum(-1)
        log_scale = LOWEST + functional.softplus(PACE * self.scales - LOWEST)
        squares = ((x - outputs) / log_scale.exp()) ** 2
        return -0.5 * (squares + np.log(2 * np.pi) + 2 * log_scale).sum(-1)

    def log_weights(self, x, samples):
        """Log p(x, z) - log q(z|x) of samples of z for every row, (samples, rows)."""
        mean, log_variance = self.encoder(x).chunk(2, -1)
        noise = torch.randn(samples, *mean.shape, device=DEVICE)
        z = mean + (log_variance / 2).exp() * noise
        ratio = 0.5 * (noise**2 + log_variance - z**2).sum(-1)
        return self.log_likelihood(x, self.decoder(z)) + ratio

    def forward(self, x):
        """Negative ELBO with the KL in closed form, or negative IWAE bound: mean over rows, nats."""
        samples = self.network.samples
        if samples > 1:
            return -(self.log_weights(x, samples).logsumexp(0) - np.log(samples)).mean()
        mean, log_variance = self.encoder(x).chunk(2, -1)
        z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(-1)
        return (kl - self.log_likelihood(x, self.decoder(z))).mean()


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def train(case, rows, seed):
    vae, x = VAE(case.network, seed), torch.from_numpy(rows).to(DEVICE)
    mode = "reduce-overhead" if DEVICE == "cuda" else "default"
    loss_of = torch.compile(vae, mode=mode) if _compiling else vae
    optimizer = torch.optim.Adam(vae.parameters(), lr=case.rate, fused=True)

    def run():
        for _ in range(case.epochs):
            total = torch.zeros((), device=DEVICE)
            for chosen in torch.randperm(len(x), device=DEVICE).split(case.batch):
                optimizer.zero_grad(set_to_none=True)
                loss = loss_of(x[chosen])
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(chosen)
        return {"loss": float(total) / len(x), "parameters": count(vae)}

    return run


def _served(function, n):
    """Rows that a function of a range of them returns, in batches, without gradients."""
    with torch.inference_mode():
        parts = [function(slice(i, i + SERVED_ROWS)) for i in range(0, n, SERVED_ROWS)]
        return torch.cat(parts).numpy(force=True)


def encode(case, rows, seed):
    vae, x = VAE(case.network, seed).eval(), torch.from_numpy(rows)
    mean = lambda some: vae.encoder(x[some].to(DEVICE))[:, : case.network.latent]  # noqa: E731
    return lambda: {"rows": len(_served(mean, len(x))), "parameters": count(vae)}


def decode(case, rows, seed):
    vae = VAE(case.network, seed).eval()

    def run():
        z = torch.randn(case.rows, case.network.latent, device=DEVICE)
        decoded = _served(lambda some: vae.decoder(z[some]).sigmoid(), len(z))
        return {"rows": len(decoded), "parameters": count(vae)}

    return run


def score(case, rows, seed):
    """On a CPU one row at a time, which is fastest: its 1000 decoded samples still fit in the cache's reach."""
    samples, together = case.importance, 100 if DEVICE == "cuda" else 1
    vae, x = VAE(case.network, seed).eval(), torch.from_numpy(rows)

    def run():
        with torch.inference_mode():
            blocks = [vae.log_weights(some.to(DEVICE), samples).logsumexp(0) for some in x.split(together)]
        return {"rows": len(torch.cat(blocks).numpy(force=True) - np.log(samples)), "parameters": count(vae)}

    return run


TASKS = {
    "train": train,
    "command": train,
    "encode": encode,
    "decode": decode,
    "sample": decode,
    "score": score,
}
