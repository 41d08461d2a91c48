"""Real pipelines with random weights and few layers, saved in diffusers layout; a tokenizer is made on the spot."""

from pathlib import Path

import torch
import transformers
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinKVPipeline,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    FluxKontextPipeline,
    FluxTransformer2DModel,
    QwenImageEditPipeline,
    QwenImageEditPlusPipeline,
    QwenImageTransformer2DModel,
)
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from cavendish.generators.checkpoint import for_stills

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"]
SPECIAL += ["<|video_pad|>"]
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Byte-level, one token for each byte, with Qwen's special tokens and a chat template."""
    vocabulary = {symbol: k for k, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(SPECIAL)
    made = transformers.Qwen2TokenizerFast(tokenizer_object=inner, pad_token="<|endoftext|>", eos_token="<|im_end|>")
    made.chat_template = CHAT
    return made


def scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)


def klein(
    folder: Path, *, distilled: bool = True, kv: bool = False, width: int = 32, layers: int = 1, text_width: int = 16
) -> Path:
    """FLUX.2 klein; `width` is the dimension of its transformer, `text_width` that of its text encoder."""
    torch.manual_seed(0)
    words = tokenizer()
    encoder = transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            hidden_size=text_width,
            intermediate_size=text_width if text_width == 16 else 3 * text_width,
            num_hidden_layers=28,  # the pipeline reads layers 9, 18 and 27
            num_attention_heads=text_width // 8,
            num_key_value_heads=text_width // 16,
            head_dim=8,
            vocab_size=len(words),
        )
    )
    vae = AutoencoderKLFlux2(
        block_out_channels=(8, 8, 8, 8), layers_per_block=1, latent_channels=4, norm_num_groups=4, sample_size=32
    )
    transformer = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=layers,
        num_single_layers=layers,
        attention_head_dim=32,
        num_attention_heads=width // 32,
        joint_attention_dim=3 * text_width,
        timestep_guidance_channels=32,
        axes_dims_rope=(8, 8, 8, 8),
        guidance_embeds=False,
    )
    parts = {"vae": vae, "text_encoder": encoder, "tokenizer": words, "transformer": transformer}
    kind = Flux2KleinKVPipeline if kv else Flux2KleinPipeline
    kind(scheduler=scheduler(), is_distilled=distilled, **parts).save_pretrained(folder)
    return folder


def carry_paint(folder: Path) -> None:
    """Give a klein a VAE that carries flat colours in blocks of 8 pixels as they are, so that paint can be read at all.

    Its encoder keeps the first pixel of every block, its decoder repeats it, and no residual does anything. The last
    norm and SiLU of both halves cancel: channels hold x and -x, silu(y) - silu(-y) = y, and two constants that
    outweigh every picture keep the deviation that the norm divides by.
    """
    config = AutoencoderKLFlux2.load_config(folder / "vae")
    vae = AutoencoderKLFlux2.from_config({**config, "norm_num_groups": 1})
    constant = 64.0
    with torch.no_grad():
        for name, weight in vae.named_parameters():
            weight.zero_()
            if "sampler" in name and name.endswith("weight"):  # down: pixel 0 of 0, 1, 2; up: the middle of -1, 0, 1
                weight[:, :, *((0, 0) if "down" in name else (1, 1))] = torch.eye(8)
        for half in (vae.encoder, vae.decoder):
            for k in range(3):
                half.conv_in.weight[[k, k + 3], k, 1, 1] = torch.tensor([1.0, -1.0])
                half.conv_out.weight[k, [k, k + 3], 1, 1] = torch.tensor([1.0, -1.0])
            half.conv_in.bias[6:] = torch.tensor([constant, -constant])
            half.conv_norm_out.weight.fill_(constant / 2)  # the deviation of eight channels, two of them constants
        for point in (vae.quant_conv, vae.post_quant_conv):
            point.weight[:, :, 0, 0] = torch.eye(len(point.weight))
    vae.bn.running_var.fill_(1 / 3)  # of even colours in -1 to 1; the pipeline goes by these statistics of latents
    vae.save_pretrained(folder / "vae")


def kontext(folder: Path) -> Path:
    """FLUX.1 Kontext."""
    torch.manual_seed(0)
    words = tokenizer()
    clip = transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            hidden_size=32,
            intermediate_size=37,
            num_attention_heads=4,
            num_hidden_layers=2,
            vocab_size=len(words),
            bos_token_id=0,
            eos_token_id=2,
            pad_token_id=1,
            projection_dim=32,
        )
    )
    t5 = transformers.T5EncoderModel(
        transformers.T5Config(
            d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, vocab_size=len(words), tie_word_embeddings=False
        )
    )
    words_77 = tokenizer()
    words_77.model_max_length = 77
    FluxKontextPipeline(
        scheduler=scheduler(),
        vae=AutoencoderKL(
            block_out_channels=(8, 8),
            layers_per_block=1,
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=1,
            norm_num_groups=4,
            use_quant_conv=False,
            use_post_quant_conv=False,
            shift_factor=0.0609,
            scaling_factor=1.5035,
        ),
        text_encoder=clip,
        tokenizer=words_77,
        text_encoder_2=t5,
        tokenizer_2=words,
        transformer=FluxTransformer2DModel(
            in_channels=4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    ).save_pretrained(folder)
    return folder


def qwen_edit(folder: Path, *, plus: bool = False) -> Path:
    """Qwen-Image-Edit, or its Plus."""
    torch.manual_seed(0)
    words = tokenizer()
    ids = {name: words.convert_tokens_to_ids(f"<|{name}|>") for name in ("vision_start", "vision_end", "image_pad")}
    encoder = transformers.Qwen2_5_VLForConditionalGeneration(
        transformers.Qwen2_5_VLConfig(
            text_config={
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "num_key_value_heads": 2,
                "vocab_size": len(words),
                "max_position_embeddings": 4096,
                "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
                "rope_theta": 1000000.0,
            },
            vision_config={
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_heads": 2,
                "out_hidden_size": 16,
                "fullatt_block_indexes": [1],
            },
            vision_start_token_id=ids["vision_start"],
            vision_end_token_id=ids["vision_end"],
            image_token_id=ids["image_pad"],
            video_token_id=words.convert_tokens_to_ids("<|video_pad|>"),
        )
    )
    kind = QwenImageEditPlusPipeline if plus else QwenImageEditPipeline
    kind(
        scheduler=scheduler(),
        vae=AutoencoderKLQwenImage(
            base_dim=4,
            z_dim=4,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        text_encoder=encoder,
        tokenizer=words,
        processor=for_stills(transformers.Qwen2VLProcessor)(transformers.Qwen2VLImageProcessorPil(), words),
        transformer=QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            axes_dims_rope=(8, 4, 4),
        ),
    ).save_pretrained(folder)
    return folder
