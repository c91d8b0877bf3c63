"""The token that a server asks for, read from a file or the environment, compared in constant time, never shown."""

import hashlib
import hmac
import os
from pathlib import Path

from elbax.errors import InputError

VARIABLE = "ELBAX_TOKEN"
_SHORTEST = 16


class Token:
    """A secret, of which only the digest is kept; it is shown as its first characters.

    Example:
        >>> token = Token("correct-horse-battery")
        >>> token.matches("correct-horse-battery"), token.matches("correct-horse-batterz"), str(token)
        (True, False, 'co…')
    """

    def __init__(self, text: str):
        if len(text) < _SHORTEST or not text.isascii() or not text.isprintable() or " " in text:
            raise InputError(
                f"a token must be at least {_SHORTEST} printable ASCII characters without spaces; make one with "
                'python -c "import secrets; print(secrets.token_urlsafe())"'
            )
        self._shown, self._digest = f"{text[:2]}…", _digest(text)

    def matches(self, text: str) -> bool:
        """Whether a text is the secret, in a time that does not depend on where they differ."""
        return hmac.compare_digest(_digest(text), self._digest)

    def __repr__(self) -> str:
        return self._shown


def read_token(file: Path | None, *, needed: bool) -> Token | None:
    """The token in a file, or in the environment's ELBAX_TOKEN.

    Raises:
        InputError: the file cannot be read, the token is too short, or there is none although it is ``needed``.
    """
    if file is not None:
        try:
            return Token(file.read_text().strip())
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the token file {file}: {error}") from error
    if text := os.environ.get(VARIABLE, "").strip():
        return Token(text)
    if needed:
        raise InputError(
            f"a server beyond this machine needs a token: set {VARIABLE}, or pass --token-file FILE; or listen at "
            "127.0.0.1"
        )
    return None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
