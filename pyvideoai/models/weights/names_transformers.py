"""Rules for the names of transformers' video encoders, whose parts keep their names after `backbone.` or `head.`.

A file of an encoder alone has no prefix. What only pretraining uses, decoders and predictors, is laid aside. Files of
VideoMAE that transformers before 5.18 saved have a bias of the keys: it adds the same to all scores of a query, so that
softmax is what it is without.
"""

Rules = tuple[tuple[str, str], ...]

VIDEOMAE: Rules = (
    ("videomae.{path}.q_bias", "{path}.query.bias"),
    ("videomae.{path}.v_bias", "{path}.value.bias"),
    ("videomae.{path}", "{path}"),
    ("{path}.q_bias", "{path}.query.bias"),
    ("{path}.v_bias", "{path}.value.bias"),
)
VIDEOMAE_ASIDE = r"decoder\..*|encoder_to_decoder\..*|mask_token|(videomae\.)?layernorm\..*|.*\.key\.bias"
VJEPA2: Rules = (("vjepa2.encoder.{path}", "{path}"), ("encoder.{path}", "{path}"))
VJEPA2_ASIDE = r"(vjepa2\.)?predictor\..*"
VIDEOPRISM: Rules = (("video_model.vision_model.{path}", "{path}"), ("vision_model.{path}", "{path}"))
VIDEOPRISM_ASIDE = r"text_model\..*|video_model\.(auxiliary_layers|head|head_layernorm)\..*"
TIMESFORMER: Rules = (("timesformer.{path}", "{path}"),)
# Names of one tensor, with and without a prefix, by which a file is known; then its rules and what is laid aside.
KINDS: tuple[tuple[tuple[str, ...], Rules, str], ...] = (
    (
        ("videomae.encoder.layer.0.attention.attention.query.weight", "encoder.layer.0.attention.attention.q_bias"),
        VIDEOMAE,
        VIDEOMAE_ASIDE,
    ),
    (
        ("vjepa2.encoder.embeddings.patch_embeddings.proj.weight", "encoder.embeddings.patch_embeddings.proj.weight"),
        VJEPA2,
        VJEPA2_ASIDE,
    ),
    (
        tuple(
            f"{prefix}spatial_embeddings.position_embeddings"
            for prefix in ("video_model.vision_model.", "vision_model.", "")
        ),
        VIDEOPRISM,
        VIDEOPRISM_ASIDE,
    ),
    (("timesformer.embeddings.cls_token",), TIMESFORMER, r"(?!)"),
)
