"""The public names of vidpred.testing: read by type checkers, and by lazy_loader at run time."""

from .checks import CHECKED_KINDS as CHECKED_KINDS, check_component as check_component
from .tiny_data import tiny_clip as tiny_clip
