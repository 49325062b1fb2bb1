"""Encryption at rest: a store whose values nobody can read, alter, or move to another key, without the link's keys.

AES-SIV (RFC 5297) with the key of a value as associated data. It needs no nonce: what is written again after a death,
perhaps in other words, repeats none. Equal values under one key look equal; that is all it tells, beside the keys and
the lengths.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from onboard.comms.security import derive_key
from onboard.errors import MachineError
from onboard.storage import Store


class SealedStore:
    """Implements `onboard.storage.Store` over another. A value that was altered raises MachineError."""

    def __init__(self, store: Store, link_key: bytes) -> None:
        self._store = store
        # Both halves are of 256 bits: one authenticates, one encrypts.
        self._cipher = AESSIV(derive_key(link_key, "storage: MAC") + derive_key(link_key, "storage: cipher"))

    def get(self, key: str) -> bytes | None:
        """The value last put, synchronised or not."""
        sealed = self._store.get(key)
        return None if sealed is None else self._opened(key, sealed)

    def put(self, key: str, value: bytes) -> None:
        """Write or overwrite a value."""
        self._store.put(key, self._cipher.encrypt(value, [key.encode()]))

    def delete(self, key: str) -> None:
        """Forget a value, if there is one."""
        self._store.delete(key)

    def items(self, prefix: str) -> list[tuple[str, bytes]]:
        """Keys that begin with the prefix and their values, by key."""
        return [(key, self._opened(key, sealed)) for key, sealed in self._store.items(prefix)]

    def sync(self) -> None:
        """Make all writes so far durable, all or none."""
        self._store.sync()

    def _opened(self, key: str, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed, [key.encode()])
        except InvalidTag:
            raise MachineError(f"storage: {key} was altered, or sealed with another key") from None
