"""Tell errors that users can fix from bugs of vidpred."""

from __future__ import annotations

from vidpred.errors import VidpredError
from vidpred.plugins.discovery import plugin_location


def user_message(error: Exception) -> str | None:
    """Describe an error in the user's terms. Return None if it is a bug of vidpred, which needs its traceback.

    Users can fix a VidpredError, an error in a plugin's code, and a file or folder that the system refuses.
    """
    if isinstance(error, VidpredError):
        return str(error)
    location = plugin_location(error)
    if location:
        return f"{location}: {type(error).__name__}: {error}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}; fix it, or use another file or folder"
    return None
