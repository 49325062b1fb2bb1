"""Authenticated encryption of sockets that leave the machine: CurveZMQ, by certificate files as pyzmq makes them.

    python -c "import zmq.auth; zmq.auth.create_certificates('.', 'ember-1')"

makes `ember-1.key_secret`, which stays with its owner, unreadable to others, and `ember-1.key` for the other end.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import zmq
from zmq.utils.z85 import decode

from onboard.comms.keys import require_private
from onboard.errors import InputError

_LINE = re.compile(r"""^\s*(public|secret)-key\s*=\s*["']([!-~]{40})["']\s*$""", re.MULTILINE)
"""A key is 40 characters of Z85 (ZeroMQ RFC 32)."""
_MOST_CHARACTERS = 4096
_ZAP_ENDPOINT = "inproc://zeromq.zap.01"
"""Where libzmq asks who may come in (ZeroMQ RFC 27)."""
_HEARTBEAT_MS, _LOST_MS = 2_000, 10_000
"""A machine that vanishes closes no connection: both ends ask, from a thread of libzmq's own, however busy they are."""


@dataclass(frozen=True, slots=True)
class CurveKeys:
    """One end's own pair of keys, and the other end's public key, all as Z85."""

    public: bytes
    secret: bytes
    peer: bytes

    def secure_client(self, socket: "zmq.Socket[bytes]") -> None:
        """Connect only to the other end."""
        socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = self.public, self.secret, self.peer
        _keep_asking(socket)

    def secure_server(self, socket: "zmq.Socket[bytes]") -> None:
        """Let in whom a Doorkeeper lets in, who must be there before the socket is bound."""
        socket.curve_server = True
        socket.curve_publickey, socket.curve_secretkey = self.public, self.secret
        _keep_asking(socket)


class Doorkeeper:
    """Lets the other end in, once, and nobody else, for all sockets of a context: without one, anybody would be let in.

    Whoever comes back has lost words on the way, and would take the answers to them for others.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", keys: CurveKeys) -> None:
        self.has_opened = False
        self._peer = decode(keys.peer)
        self._socket = context.socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind(_ZAP_ENDPOINT)

    def answer(self) -> None:
        """Answer the questions that have come."""
        while self._socket.poll(0):
            version, number, _domain, _address, _identity, mechanism, *credentials = self._socket.recv_multipart()
            may_enter = mechanism == b"CURVE" and credentials == [self._peer] and not self.has_opened
            self.has_opened |= may_enter
            code, reason = (b"200", b"OK") if may_enter else (b"400", b"unknown key, or not the first")
            self._socket.send_multipart((version, number, code, reason, b"", b""))

    def close(self) -> None:
        """Let nobody in any more."""
        self._socket.close()


def _keep_asking(socket: "zmq.Socket[bytes]") -> None:
    socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, _LOST_MS)


def read_curve_keys(own: Path, peer: Path) -> CurveKeys:
    """The certificate with one's own secret key, and the other end's. InputError where one is missing, malformed, or
    a secret is not kept."""
    mine, theirs = _read(own, is_secret=True), _read(peer, is_secret=False)
    public, secret = mine.get("public"), mine.get("secret")
    if public is None or secret is None or zmq.curve_public(secret) != public:
        raise InputError(own, "a secret certificate holds a secret-key and the public-key that goes with it")
    if "public" not in theirs:
        raise InputError(peer, "a certificate holds a public-key of 40 characters")
    return CurveKeys(public, secret, theirs["public"])


def _read(path: Path, *, is_secret: bool) -> dict[str, bytes]:
    try:
        if is_secret:
            require_private(path, path.stat().st_mode)
        with path.open(encoding="ascii", errors="replace") as file:
            text = file.read(_MOST_CHARACTERS)
    except OSError as error:
        raise InputError(path, f"the certificate cannot be read: {error.strerror}") from error
    return {name: key.encode() for name, key in _LINE.findall(text)}
