"""The network of nano: a tower that looks at the reference picture once, and a light painter told what to paint.

A rectified flow on pixels: the painter gets a noisy picture x_t = (1 - t) x_0 + t noise and predicts the clean one.
Everything that does not depend on the noise (the picture looked at, the words) is computed once, so that a second step,
or a second question about the same picture, costs the painter alone.

Shapes: B paintings, S pictures looked at, T words, (H, W) pixels, sides multiples of 16; grids of 1/4, 1/8 and 1/16 of
the sides. Pixels are in [-1, 1].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PATCH = 4  # pixels a side of a cell of the finest grid
MULTIPLE = 16


@dataclass(frozen=True)
class NanoConfig:
    """Sizes of the network. `widths` are channels of the grids of 1/4, 1/8 and 1/16."""

    widths: tuple[int, int, int] = (96, 224, 320)
    text_width: int = 256
    text_layers: int = 4
    rows: int = 8192  # of the table of hashed words
    query: int = 32  # channels in which a pixel chooses a colour of the text


class Text(NamedTuple):
    """Encoded words. `tokens` (B, T, text_width); `known` (B, T) False for padding; `colors` (B, T, 3) in [-1, 1];
    `colored` (B, T) True where a word is a colour; `pooled` (B, text_width)."""

    tokens: Tensor
    known: Tensor
    colors: Tensor
    colored: Tensor
    pooled: Tensor


class Seen(NamedTuple):
    """What the tower makes of pictures: features (B, C, h, w) on the three grids; and the pictures (B, 3, H, W)."""

    fine: Tensor
    middle: Tensor
    coarse: Tensor
    picture: Tensor


class Painted(NamedTuple):
    """The clean picture (B, 3, H, W), and how it came about: the share (B, C + 2, H, W) that each of
    the colours (B, C, 3) which the words name has in a pixel; then those of free paint and of the picture looked at."""

    picture: Tensor
    share: Tensor
    colors: Tensor


def waves(position: Tensor, channels: int, highest: float) -> Tensor:
    """(..., channels): sines and cosines of `position` (...), of frequencies from 1 to `highest` in geometric order."""
    frequencies = highest ** torch.linspace(0, 1, channels // 2, device=position.device)
    angle = position[..., None].float() * frequencies * math.pi
    return torch.cat([angle.sin(), angle.cos()], -1)


def places(height: int, width: int, channels: int, device: torch.device) -> Tensor:
    """(height * width, channels): where each cell of a grid lies, from -1 to 1 along either side."""
    y = (torch.arange(height, device=device) + 0.5) / height * 2 - 1
    x = (torch.arange(width, device=device) + 0.5) / width * 2 - 1
    rows = waves(y, channels // 2, 16.0)[:, None].expand(height, width, -1)
    columns = waves(x, channels // 2, 16.0)[None].expand(height, width, -1)
    return torch.cat([rows, columns], -1).reshape(height * width, channels)


class Attention(nn.Module):
    """Multi-head attention of (B, N, C) to itself, or to (B, T, D) words."""

    def __init__(self, width: int, source: int | None = None, head: int = 32) -> None:
        super().__init__()
        self.heads = width // head
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(source or width, 2 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor | None = None, known: Tensor | None = None) -> Tensor:
        source = x if source is None else source
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key, value = self.key_value(source).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        # Written out: at a few hundred places the fused kernel's backward pass on a CPU takes three times as long.
        score = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        if known is not None:
            score = score.masked_fill(~known[:, None, None, :], -1e4)
        mixed = score.softmax(-1) @ value
        return self.out(mixed.transpose(1, 2).flatten(2))


class Feed(nn.Sequential):
    """Two linear layers."""

    def __init__(self, width: int, factor: int = 3) -> None:
        super().__init__(
            nn.Linear(width, factor * width), nn.GELU(approximate="tanh"), nn.Linear(factor * width, width)
        )


class TextBlock(nn.Module):
    """A transformer block over words."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width)
        self.feed_norm = nn.LayerNorm(width)
        self.feed = Feed(width, 2)

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        x = x + self.attention(self.norm(x), known=known)
        return x + self.feed(self.feed_norm(x))


class TextEncoder(nn.Module):
    """Words to features in their context; a colour enters by its levels, so that colours never seen work too."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        width = config.text_width
        self.table = nn.Embedding(config.rows, width)
        nn.init.normal_(self.table.weight, std=0.35)
        self.color = nn.Linear(3 * 8, width)
        self.neighbours = nn.Conv1d(width, width, 5, padding=2)
        self.blocks = nn.ModuleList(TextBlock(width) for _ in range(config.text_layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, rows: Tensor, colors: Tensor, colored: Tensor) -> Text:
        """`rows` (B, T, 2) int64 rows of the table, -1 for padding; `colors` (B, T, 3) in [-1, 1]; `colored` (B, T)."""
        known = rows[..., 0] >= 0
        x = self.table(rows.clamp(min=0)).sum(-2)
        x = x + self.color(waves(colors, 8, 8.0).flatten(-2)) * colored[..., None]
        x = x * known[..., None]
        x = x + self._with_neighbours(x)
        x = x + waves(torch.arange(x.shape[1], device=x.device) / 64, x.shape[2], 16.0) * 0.5
        for block in self.blocks:
            x = block(x, known)
        x = self.norm(x)
        weight = known[..., None] / known.sum(1)[:, None, None].clamp(min=1)
        return Text(x, known, colors, colored & known, (x * weight).sum(1))

    def _with_neighbours(self, x: Tensor) -> Tensor:
        """The convolution over five words, as a matrix product: on a CPU in bfloat16 that is several times faster."""
        words, reach = x.shape[1], self.neighbours.kernel_size[0]
        padded = F.pad(x, (0, 0, reach // 2, reach // 2))
        around = torch.cat([padded[:, k : k + words] for k in range(reach)], -1)
        return F.linear(around, self.neighbours.weight.transpose(1, 2).flatten(1), self.neighbours.bias)


class Residual(nn.Module):
    """Two 3 x 3 convolutions; with `told`, a vector (B, told) scales and shifts between them."""

    def __init__(self, width: int, told: int = 0) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(width // 16, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.norm2 = nn.GroupNorm(width // 16, width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.tell = nn.Linear(told, 2 * width) if told else None

    def forward(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        y = self.norm2(self.conv1(F.silu(self.norm1(x))))
        if self.tell is not None:
            scale, shift = self.tell(told)[:, :, None, None].chunk(2, 1)
            y = y * (1 + scale) + shift
        return x + self.conv2(F.silu(y))


class Mixer(nn.Module):
    """A transformer block on a grid: cells look at each other, at the words if there are any, and at themselves."""

    def __init__(self, width: int, words: int = 0) -> None:
        super().__init__()
        self.place = nn.Linear(32, width)
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width)
        self.words_norm = nn.LayerNorm(width) if words else None
        self.words = Attention(width, words) if words else None
        self.feed_norm = nn.LayerNorm(width)
        self.feed = Feed(width)

    def forward(self, x: Tensor, text: Text | None = None) -> Tensor:
        height, width = x.shape[-2:]
        y = x.flatten(2).transpose(1, 2)
        y = y + self.attention(self.norm(y + self.place(places(height, width, 32, x.device))))
        if self.words is not None and self.words_norm is not None and text is not None:
            y = y + self.words(self.words_norm(y), text.tokens, text.known)
        y = y + self.feed(self.feed_norm(y))
        return y.transpose(1, 2).unflatten(2, (height, width))


class Down(nn.Conv2d):
    """To half the sides."""

    def __init__(self, source: int, width: int) -> None:
        super().__init__(source, width, 2, stride=2)


class Up(nn.Module):
    """To twice the sides."""

    def __init__(self, source: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(source, 4 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x), 2)


class Tower(nn.Module):
    """Looks at a picture: (S, 3, H, W) -> features on three grids."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        fine, middle, coarse = config.widths
        self.stem = nn.Conv2d(3 * PATCH**2, fine, 3, padding=1)
        self.fine = nn.Sequential(Residual(fine), Residual(fine))
        self.down1 = Down(fine, middle)
        self.middle = nn.Sequential(Residual(middle), Mixer(middle), Residual(middle), Mixer(middle))
        self.down2 = Down(middle, coarse)
        self.coarse = nn.Sequential(*(Mixer(coarse) for _ in range(4)))
        self.up2 = Up(coarse, middle)
        self.middle_up = nn.Sequential(Residual(middle), Mixer(middle))
        self.up1 = Up(middle, fine)
        self.fine_up = nn.Sequential(Residual(fine), Residual(fine))

    def forward(self, pictures: Tensor) -> Seen:
        fine = self.fine(self.stem(F.pixel_unshuffle(pictures, PATCH).contiguous(memory_format=torch.channels_last)))
        middle = self.middle(self.down1(fine))
        coarse = self.coarse(self.down2(middle))
        middle = self.middle_up(middle + self.up2(coarse))
        fine = self.fine_up(fine + self.up1(middle))
        return Seen(fine, middle, coarse, pictures)


class Painter(nn.Module):
    """Predicts the clean picture from a noisy one, the words, and what the tower saw."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        fine, middle, coarse = config.widths
        words = config.text_width
        self.query = config.query
        self.told = nn.Sequential(nn.Linear(64 + words, words), nn.SiLU(), nn.Linear(words, words), nn.SiLU())
        self.stem = nn.Conv2d(3 * PATCH**2, fine, 3, padding=1)
        self.fine = Residual(fine, words)
        self.down1 = Down(fine, middle)
        self.middle = Residual(middle, words)
        self.middle_mix = Mixer(middle, words)
        self.down2 = Down(middle, coarse)
        self.coarse = nn.ModuleList(Mixer(coarse, words) for _ in range(3))
        self.up2 = Up(coarse, middle)
        self.middle_up = Residual(middle, words)
        self.middle_up_mix = Mixer(middle, words)
        self.up1 = Up(middle, fine)
        self.fine_up = nn.ModuleList(Residual(fine, words) for _ in range(2))
        self.norm = nn.GroupNorm(fine // 16, fine)
        self.pixels = nn.Conv2d(fine, 3 * PATCH**2, 3, padding=1)
        self.choice = nn.Conv2d(fine, (config.query + 2) * PATCH**2, 1)
        self.key = nn.Linear(words, config.query)

    def forward(
        self, noisy: Tensor, level: Tensor, text: Text, seen: Seen, firmness: float = 1.0, keeping: float = 0.0
    ) -> Painted:
        """`noisy` (B, 3, H, W), `level` t (B,) from 0 (clean) to 1 (pure noise).

        `firmness` multiplies the logits of what a pixel mixes: at 1 it is as unsure as it was taught to be; with more,
        it is the likeliest of what it may be rather than a mixture, which would be read as something else. `keeping` is
        added, before that, to the logit of the picture looked at.
        """
        told = self.told(torch.cat([waves(level, 64, 16.0), text.pooled], -1))
        patches = F.pixel_unshuffle(noisy, PATCH).contiguous(memory_format=torch.channels_last)
        fine = self.fine(self.stem(patches) + seen.fine, told)
        middle = self.middle_mix(self.middle(self.down1(fine) + seen.middle, told), text)
        coarse = self.down2(middle) + seen.coarse
        for block in self.coarse:
            coarse = block(coarse, text)
        middle = self.middle_up_mix(self.middle_up(middle + self.up2(coarse), told), text)
        fine = fine + self.up1(middle)
        for block in self.fine_up:
            fine = block(fine, told)
        fine = F.silu(self.norm(fine))
        return self._dipped(F.pixel_shuffle(self.pixels(fine), PATCH), fine, text, seen.picture, firmness, keeping)

    def _dipped(
        self, painted: Tensor, fine: Tensor, text: Text, picture: Tensor, firmness: float, keeping: float
    ) -> Painted:
        """Each pixel mixes what was painted freely with the colours that the words name and with the picture looked at.

        So flat paint can be exact, and what an edit leaves alone too.

        A pixel's share of a colour is the softmax of (query of the pixel) . (key of the word). The keys go into the
        layer that makes the queries, so that no queries are made: they would be the largest tensor by far.
        """
        most = max(1, int(text.colored.sum(1).max()))
        order = text.colored.to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :most]  # colours first
        keys = self.key(text.tokens).gather(1, order[..., None].expand(-1, -1, self.query))
        colors = text.colors.gather(1, order[..., None].expand(-1, -1, 3))
        there = text.colored.gather(1, order)
        keys = keys / math.sqrt(self.query)
        kernel = self.choice.weight.flatten(1).unflatten(0, (self.query + 2, PATCH**2))  # (query + 2, 16, fine)
        assert self.choice.bias is not None
        bias = self.choice.bias.unflatten(0, (self.query + 2, PATCH**2))
        rest = (len(keys), -1, -1, -1)
        told = torch.cat([torch.einsum("bcq,qpf->bcpf", keys, kernel[:-2]), kernel[-2:].expand(rest)], 1)
        last = bias[-2:] + bias.new_tensor([0.0, keeping])[:, None]
        shift = torch.cat([torch.einsum("bcq,qp->bcp", keys, bias[:-2]), last.expand(rest[:-1])], 1)
        logits = torch.baddbmm(shift.flatten(1)[..., None], told.flatten(1, 2), fine.flatten(2))
        logits = F.pixel_shuffle(logits.unflatten(2, fine.shape[-2:]), PATCH)
        barred = F.pad(~there, (0, 2))  # padding; the last two are never barred
        share = (firmness * logits.float()).masked_fill(barred[..., None, None], -1e4).softmax(1)
        mixed = torch.einsum("bcx,bchw->bxhw", colors, share[:, :-2])
        mixed = mixed + painted.float() * share[:, -2:-1] + picture * share[:, -1:]
        return Painted(mixed, share, colors)


class Nano(nn.Module):
    """The whole network; a picture is painted by `listen`, `look` (or `imagine`), then `paint` once a step."""

    def __init__(self, config: NanoConfig | None = None) -> None:
        super().__init__()
        self.config = config or NanoConfig()
        self.text = TextEncoder(self.config)
        self.tower = Tower(self.config)
        self.painter = Painter(self.config)
        self.nothing = nn.ParameterList(nn.Parameter(torch.zeros(width)) for width in self.config.widths)

    def listen(self, rows: Tensor, colors: Tensor, colored: Tensor) -> Text:
        """The words, see `TextEncoder.forward`."""
        text: Text = self.text(rows, colors, colored)
        return text

    def look(self, pictures: Tensor) -> Seen:
        """(S, 3, H, W) pictures to look at."""
        seen: Seen = self.tower(pictures)
        return seen

    def imagine(self, count: int, height: int, width: int) -> Seen:
        """What is seen where there is no picture to look at: a learnt nothing, and gray."""
        fine, middle, coarse = (
            vector[None, :, None, None].expand(count, -1, height // side, width // side)
            for vector, side in zip(self.nothing, (PATCH, 2 * PATCH, 4 * PATCH))
        )
        return Seen(fine, middle, coarse, fine.new_zeros(count, 3, height, width))

    def paint(
        self, noisy: Tensor, level: Tensor, text: Text, seen: Seen, firmness: float = 1.0, keeping: float = 0.0
    ) -> Painted:
        """The clean picture, see `Painter.forward`."""
        painted: Painted = self.painter(noisy, level, text, seen, firmness, keeping)
        return painted
