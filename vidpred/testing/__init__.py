"""Tools for testing components, for plugin authors: small clips, and a check of the rules of each kind.

from vidpred.testing import check_component

def test_sawtooth():
    check_component(Sawtooth, teeth=3)
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
