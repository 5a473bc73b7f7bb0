"""An open page at the least cost: the websocket and the few words of Streamlit's protocol that a bench needs.

The visitors of a bench share the machine with the server that they measure. A client of a library takes a third of a
processor for what this one does in a twentieth, and the server would have to wait for it.
"""

import base64
import os
import socket
import struct
import zlib
from collections.abc import Iterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

CARD = b"<article"
HEAD_END = b"\r\n\r\n"
FINAL, COMPRESSED = 0x80, 0x40
CONTINUED, BINARY, CLOSE, PING, PONG = 0x0, 0x2, 0x8, 0x9, 0xA
READ_BYTES = 1 << 18
# What a compressed message ends with and does not carry (RFC 7692).
TAIL = b"\x00\x00\xff\xff"
# Nothing that is longer tells of the run's end, of the address or of a choice.
LONGEST_WORD = 1_024
PICKER = "search_fuel_shown"


class Page:
    """One open page. `seen` says whether the run under way has sent a price, `is_done` whether it has ended."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port = port
        self.query = ""
        """The part of the address behind `?`, as the server wrote it last."""
        self.picker = ""
        """The id of the row of fuels, once it was drawn."""
        self.is_open = False
        self.is_seen = False
        self.is_done = False
        self.runs = 0
        self._read = bytearray()
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        # Else the acknowledgements of either side wait for the other's: 40 ms that nobody spends.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(self._handshake(cookie))

    def fileno(self) -> int:
        """For a selector."""
        return self.socket.fileno()

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def ask(self, *, fuel: str = "") -> None:
        """Have the page drawn; with `fuel`, as by a tap on it."""
        asked = BackMsg()
        asked.rerun_script.query_string = self.query
        if fuel:
            if not self.picker:
                raise RuntimeError("the page has no row of fuels")
            asked.rerun_script.widget_states.widgets.add(id=self.picker).string_array_value.data.append(fuel)
        self.is_seen = self.is_done = False
        self._send(BINARY, asked.SerializeToString())

    def receive(self) -> None:
        """Take what has come: `is_open`, `is_seen` and `is_done` say what it meant. Raises RuntimeError at the end."""
        some = self.socket.recv(READ_BYTES)
        if not some:
            raise RuntimeError("the server has hung up")
        self._read += some
        if not self.is_open and not self._is_welcome():
            return
        for code, payload in self._frames():
            if code == PING:
                self._send(PONG, payload)
            elif code == CLOSE:
                raise RuntimeError("the server has closed the page")
            elif code == BINARY:
                self._take(payload)

    def _handshake(self, cookie: str) -> bytes:
        # The compression is what every browser offers; whether it is used is the server's choice.
        lines = [
            "GET /_stcore/stream HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: streamlit",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            *([f"Cookie: {cookie}"] if cookie else []),
        ]
        return "\r\n".join(lines).encode() + HEAD_END

    def _is_welcome(self) -> bool:
        end = self._read.find(HEAD_END)
        if end < 0:
            return False
        head = bytes(self._read[:end])
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(f"not let in: {head.splitlines()[0].decode()}")
        del self._read[: end + len(HEAD_END)]
        self.is_open = True
        return True

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """The whole frames that have come, unpacked."""
        at, held = 0, self._read
        while len(held) - at >= 2:
            first, length, begin = held[at], held[at + 1], at + 2
            if length in {126, 127}:
                width, form = (2, ">H") if length == 126 else (8, ">Q")
                if len(held) - begin < width:
                    break
                (length,) = struct.unpack_from(form, held, begin)
                begin += width
            if len(held) - begin < length:
                break
            payload = bytes(held[begin : begin + length])
            at = begin + length
            if not first & FINAL or first & 0xF == CONTINUED:
                raise RuntimeError("a message came in parts, which this server never did")
            yield first & 0xF, self._inflate.decompress(payload + TAIL) if first & COMPRESSED else payload
        del held[:at]

    def _take(self, payload: bytes) -> None:
        if CARD in payload:
            self.is_seen = True
        if len(payload) > LONGEST_WORD:
            return
        message = ForwardMsg()
        message.ParseFromString(payload)
        kind = message.WhichOneof("type")
        if kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and PICKER in message.delta.new_element.button_group.id:
            self.picker = message.delta.new_element.button_group.id
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                raise RuntimeError("a page ended in an error")
            self.is_done = True
            self.runs += 1

    def _send(self, code: int, payload: bytes) -> None:
        # A browser's frames are masked; a mask of nought is one, and costs nothing.
        size = len(payload)
        head = (
            bytes([FINAL | code, 0x80 | size]) if size < 126 else bytes([FINAL | code, 0xFE]) + struct.pack(">H", size)
        )
        self.socket.sendall(head + b"\0\0\0\0" + payload)
