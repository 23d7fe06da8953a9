"""Painted videos and configs around them."""

from painted_configs import make_config, table, videos

__all__ = ["make_config", "table", "videos"]
