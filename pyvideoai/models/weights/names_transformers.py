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
