"""Safe readers and atomic writers of files, public for authors of data sets.

Names are imported on first use; the stub `__init__.pyi` lists them. The content of files is untrusted: readers take
bounded memory, execute nothing, and raise DataError with the path and what to do.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
