"""The network of nano: an image encoder that runs once per reference image, and a light denoiser that follows the text.

A rectified flow on pixels: the denoiser gets a noisy image x_t = (1 - t) x_0 + t noise and predicts the clean one.
Everything that does not depend on the noise (reference image, text) is encoded once, so that a second step, or a second
question about the same image, costs the denoiser alone.

Shapes: B paintings, S reference images, T words, (H, W) pixels, sides multiples of 16; feature grids of 1/4, 1/8 and
1/16 of the sides. Pixels are in [-1, 1].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

PATCH = 4  # pixels a side of a cell of the finest grid
MULTIPLE = 16


@dataclass(frozen=True)
class NanoConfig:
    """Sizes of the network. `widths` are channels of the grids of 1/4, 1/8 and 1/16."""

    widths: tuple[int, int, int] = (96, 224, 320)
    text_width: int = 256
    text_layers: int = 4
    rows: int = 8192  # of the embedding table of hashed words
    query: int = 32  # channels of the attention from pixels to the colours in the text


class Text(NamedTuple):
    """Encoded text: `tokens` (B, T, text_width); `mask` (B, T), False for padding; `colors` (B, T, 3) in [-1, 1];
    `colored` (B, T), True where a word is a colour; `pooled` (B, text_width)."""

    tokens: Tensor
    mask: Tensor
    colors: Tensor
    colored: Tensor
    pooled: Tensor


class ImageFeatures(NamedTuple):
    """Encoded reference images: features (B, C, h, w) on the three grids, and the images (B, 3, H, W) themselves."""

    fine: Tensor
    middle: Tensor
    coarse: Tensor
    image: Tensor


class Denoised(NamedTuple):
    """The clean image (B, 3, H, W) and its mixing weights (B, C + 2, H, W): for each of the text's colours (B, C, 3),
    then for free pixels and for the reference image."""

    image: Tensor
    weights: Tensor
    colors: Tensor


def sinusoidal(position: Tensor, channels: int, highest: float) -> Tensor:
    """(..., channels) sines and cosines of `position` (...), at frequencies from 1 to `highest` in geometric order."""
    frequencies = highest ** torch.linspace(0, 1, channels // 2, device=position.device)
    angle = position[..., None].float() * frequencies * math.pi
    return torch.cat([angle.sin(), angle.cos()], -1)


def grid_positions(height: int, width: int, channels: int, device: torch.device) -> Tensor:
    """(height * width, channels) sinusoidal embedding of each cell's position, from -1 to 1 along both sides."""
    y = (torch.arange(height, device=device) + 0.5) / height * 2 - 1
    x = (torch.arange(width, device=device) + 0.5) / width * 2 - 1
    rows = sinusoidal(y, channels // 2, 16.0)[:, None].expand(height, width, -1)
    columns = sinusoidal(x, channels // 2, 16.0)[None].expand(height, width, -1)
    return torch.cat([rows, columns], -1).reshape(height * width, channels)


def from_uint8(images: NDArray[np.uint8] | Tensor) -> Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float32 in [-1, 1]."""
    return torch.as_tensor(images).permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1


def to_uint8(images: Tensor) -> NDArray[np.uint8]:
    """(N, 3, H, W) in [-1, 1] -> (N, H, W, 3) uint8."""
    return ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


class Attention(nn.Module):
    """Multi-head self-attention of (B, N, C), or cross-attention to (B, T, D) tokens."""

    def __init__(self, width: int, source: int | None = None, head: int = 32) -> None:
        super().__init__()
        self.heads = width // head
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(source or width, 2 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        source = x if source is None else source
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key, value = self.key_value(source).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        # Written out: at a few hundred tokens the fused kernel's backward pass on a CPU takes three times as long.
        score = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        if mask is not None:
            score = score.masked_fill(~mask[:, None, None, :], -1e4)
        mixed = score.softmax(-1) @ value
        return self.out(mixed.transpose(1, 2).flatten(2))


class MLP(nn.Sequential):
    """Two linear layers."""

    def __init__(self, width: int, factor: int = 3) -> None:
        super().__init__(
            nn.Linear(width, factor * width), nn.GELU(approximate="tanh"), nn.Linear(factor * width, width)
        )


class TextBlock(nn.Module):
    """A transformer block over tokens."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = MLP(width, 2)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x + self.attention(self.norm(x), mask=mask)
        return x + self.mlp(self.mlp_norm(x))


class TextEncoder(nn.Module):
    """Words to tokens in context; a colour enters by its levels, so that colours unseen in training work too."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        width = config.text_width
        self.embedding = nn.Embedding(config.rows, width)
        nn.init.normal_(self.embedding.weight, std=0.35)
        self.color = nn.Linear(3 * 8, width)
        self.conv = nn.Conv1d(width, width, 5, padding=2)
        self.blocks = nn.ModuleList(TextBlock(width) for _ in range(config.text_layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, rows: Tensor, colors: Tensor, colored: Tensor) -> Text:
        """`rows` (B, T, 2) int64 of the embedding, -1 for padding; `colors` (B, T, 3) in [-1, 1]; `colored` (B, T)."""
        mask = rows[..., 0] >= 0
        x = self.embedding(rows.clamp(min=0)).sum(-2)
        x = x + self.color(sinusoidal(colors, 8, 8.0).flatten(-2)) * colored[..., None]
        x = x * mask[..., None]
        x = x + self._convolved(x)
        x = x + sinusoidal(torch.arange(x.shape[1], device=x.device) / 64, x.shape[2], 16.0) * 0.5
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x)
        weight = mask[..., None] / mask.sum(1)[:, None, None].clamp(min=1)
        return Text(x, mask, colors, colored & mask, (x * weight).sum(1))

    def _convolved(self, x: Tensor) -> Tensor:
        """The convolution over five words, as a matrix product: on a CPU in bfloat16 that is several times faster."""
        words, reach = x.shape[1], self.conv.kernel_size[0]
        padded = F.pad(x, (0, 0, reach // 2, reach // 2))
        around = torch.cat([padded[:, k : k + words] for k in range(reach)], -1)
        return F.linear(around, self.conv.weight.transpose(1, 2).flatten(1), self.conv.bias)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions; a conditioning vector (B, `conditioning`), if any, scales and shifts between them."""

    def __init__(self, width: int, conditioning: int = 0) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(width // 16, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.norm2 = nn.GroupNorm(width // 16, width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.modulation = nn.Linear(conditioning, 2 * width) if conditioning else None

    def forward(self, x: Tensor, conditioning: Tensor | None = None) -> Tensor:
        y = self.norm2(self.conv1(F.silu(self.norm1(x))))
        if self.modulation is not None:
            scale, shift = self.modulation(conditioning)[:, :, None, None].chunk(2, 1)
            y = y * (1 + scale) + shift
        return x + self.conv2(F.silu(y))


class GridTransformer(nn.Module):
    """A transformer block on a feature grid, with cross-attention to tokens if `text_width` is given."""

    def __init__(self, width: int, text_width: int = 0) -> None:
        super().__init__()
        self.position = nn.Linear(32, width)
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width)
        self.cross_norm = nn.LayerNorm(width) if text_width else None
        self.cross_attention = Attention(width, text_width) if text_width else None
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = MLP(width)

    def forward(self, x: Tensor, text: Text | None = None) -> Tensor:
        height, width = x.shape[-2:]
        y = x.flatten(2).transpose(1, 2)
        y = y + self.attention(self.norm(y + self.position(grid_positions(height, width, 32, x.device))))
        if self.cross_attention is not None and self.cross_norm is not None and text is not None:
            y = y + self.cross_attention(self.cross_norm(y), text.tokens, text.mask)
        y = y + self.mlp(self.mlp_norm(y))
        return y.transpose(1, 2).unflatten(2, (height, width))


class Upsample(nn.Module):
    """To twice the height and width."""

    def __init__(self, source: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(source, 4 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x), 2)


class ImageEncoder(nn.Module):
    """Reference images (S, 3, H, W) to features on three grids."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        fine, middle, coarse = config.widths
        self.stem = nn.Conv2d(3 * PATCH**2, fine, 3, padding=1)
        self.fine = nn.Sequential(ResidualBlock(fine), ResidualBlock(fine))
        self.down1 = nn.Conv2d(fine, middle, 2, stride=2)
        self.middle = nn.Sequential(
            ResidualBlock(middle), GridTransformer(middle), ResidualBlock(middle), GridTransformer(middle)
        )
        self.down2 = nn.Conv2d(middle, coarse, 2, stride=2)
        self.coarse = nn.Sequential(*(GridTransformer(coarse) for _ in range(4)))
        self.up2 = Upsample(coarse, middle)
        self.middle_up = nn.Sequential(ResidualBlock(middle), GridTransformer(middle))
        self.up1 = Upsample(middle, fine)
        self.fine_up = nn.Sequential(ResidualBlock(fine), ResidualBlock(fine))

    def forward(self, images: Tensor) -> ImageFeatures:
        fine = self.fine(self.stem(F.pixel_unshuffle(images, PATCH).contiguous(memory_format=torch.channels_last)))
        middle = self.middle(self.down1(fine))
        coarse = self.coarse(self.down2(middle))
        middle = self.middle_up(middle + self.up2(coarse))
        fine = self.fine_up(fine + self.up1(middle))
        return ImageFeatures(fine, middle, coarse, images)


class Denoiser(nn.Module):
    """Predicts the clean image from a noisy one, the text and the reference image's features."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        fine, middle, coarse = config.widths
        text = config.text_width
        self.query = config.query
        self.conditioning = nn.Sequential(nn.Linear(64 + text, text), nn.SiLU(), nn.Linear(text, text), nn.SiLU())
        self.stem = nn.Conv2d(3 * PATCH**2, fine, 3, padding=1)
        self.fine = ResidualBlock(fine, text)
        self.down1 = nn.Conv2d(fine, middle, 2, stride=2)
        self.middle = ResidualBlock(middle, text)
        self.middle_mix = GridTransformer(middle, text)
        self.down2 = nn.Conv2d(middle, coarse, 2, stride=2)
        self.coarse = nn.ModuleList(GridTransformer(coarse, text) for _ in range(3))
        self.up2 = Upsample(coarse, middle)
        self.middle_up = ResidualBlock(middle, text)
        self.middle_up_mix = GridTransformer(middle, text)
        self.up1 = Upsample(middle, fine)
        self.fine_up = nn.ModuleList(ResidualBlock(fine, text) for _ in range(2))
        self.norm = nn.GroupNorm(fine // 16, fine)
        self.pixels = nn.Conv2d(fine, 3 * PATCH**2, 3, padding=1)
        self.choice = nn.Conv2d(fine, (config.query + 2) * PATCH**2, 1)
        self.key = nn.Linear(text, config.query)

    def forward(
        self,
        noisy: Tensor,
        timestep: Tensor,
        text: Text,
        reference: ImageFeatures,
        sharpness: float = 1.0,
        copy_bias: float = 0.0,
    ) -> Denoised:
        """`noisy` (B, 3, H, W), `timestep` t (B,) from 0 (clean) to 1 (pure noise).

        `sharpness` is the inverse temperature of the softmax over what a pixel mixes: 1 as in training; more makes it
        the likeliest of its options instead of a mixture, which would be read as something else. `copy_bias` is added,
        before that, to the logit of copying the reference pixel.
        """
        conditioning = self.conditioning(torch.cat([sinusoidal(timestep, 64, 16.0), text.pooled], -1))
        patches = F.pixel_unshuffle(noisy, PATCH).contiguous(memory_format=torch.channels_last)
        fine = self.fine(self.stem(patches) + reference.fine, conditioning)
        middle = self.middle_mix(self.middle(self.down1(fine) + reference.middle, conditioning), text)
        coarse = self.down2(middle) + reference.coarse
        for block in self.coarse:
            coarse = block(coarse, text)
        middle = self.middle_up_mix(self.middle_up(middle + self.up2(coarse), conditioning), text)
        fine = fine + self.up1(middle)
        for block in self.fine_up:
            fine = block(fine, conditioning)
        fine = F.silu(self.norm(fine))
        free = F.pixel_shuffle(self.pixels(fine), PATCH)
        return self._mixed(free, fine, text, reference.image, sharpness, copy_bias)

    def _mixed(
        self, free: Tensor, fine: Tensor, text: Text, image: Tensor, sharpness: float, copy_bias: float
    ) -> Denoised:
        """Each pixel as a mixture of the free prediction, the colours that the text names, and the reference pixel.

        So flat paint can be exact, and so can what an edit leaves alone.

        A pixel's weight of a colour is the softmax of (query of the pixel) . (key of the word). The keys are multiplied
        into the layer that makes the queries, so that no queries are made: they would be the largest tensor by far.
        """
        most = max(1, int(text.colored.sum(1).max()))
        order = text.colored.to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :most]  # colours first
        keys = self.key(text.tokens).gather(1, order[..., None].expand(-1, -1, self.query))
        colors = text.colors.gather(1, order[..., None].expand(-1, -1, 3))
        valid = text.colored.gather(1, order)
        keys = keys / math.sqrt(self.query)
        kernel = self.choice.weight.flatten(1).unflatten(0, (self.query + 2, PATCH**2))  # (query + 2, 16, fine)
        assert self.choice.bias is not None
        bias = self.choice.bias.unflatten(0, (self.query + 2, PATCH**2))
        rest = (len(keys), -1, -1, -1)
        combined = torch.cat([torch.einsum("bcq,qpf->bcpf", keys, kernel[:-2]), kernel[-2:].expand(rest)], 1)
        last = bias[-2:] + bias.new_tensor([0.0, copy_bias])[:, None]
        shift = torch.cat([torch.einsum("bcq,qp->bcp", keys, bias[:-2]), last.expand(rest[:-1])], 1)
        logits = torch.baddbmm(shift.flatten(1)[..., None], combined.flatten(1, 2), fine.flatten(2))
        logits = F.pixel_shuffle(logits.unflatten(2, fine.shape[-2:]), PATCH)
        padding = F.pad(~valid, (0, 2))  # the last two always count
        weights = (sharpness * logits.float()).masked_fill(padding[..., None, None], -1e4).softmax(1)
        mixed = torch.einsum("bcx,bchw->bxhw", colors, weights[:, :-2])
        mixed = mixed + free.float() * weights[:, -2:-1] + image * weights[:, -1:]
        return Denoised(mixed, weights, colors)


class Nano(nn.Module):
    """The whole network; to paint: `text_encoder`, `image_encoder` (or `null_image`), then `denoiser` once a step."""

    def __init__(self, config: NanoConfig | None = None) -> None:
        super().__init__()
        self.config = config or NanoConfig()
        self.text_encoder = TextEncoder(self.config)
        self.image_encoder = ImageEncoder(self.config)
        self.denoiser = Denoiser(self.config)
        self.null_features = nn.ParameterList(nn.Parameter(torch.zeros(width)) for width in self.config.widths)

    def null_image(self, count: int, height: int, width: int) -> ImageFeatures:
        """Features where there is no reference image: learnt vectors, and a gray image."""
        fine, middle, coarse = (
            vector[None, :, None, None].expand(count, -1, height // side, width // side)
            for vector, side in zip(self.null_features, (PATCH, 2 * PATCH, 4 * PATCH))
        )
        return ImageFeatures(fine, middle, coarse, fine.new_zeros(count, 3, height, width))
