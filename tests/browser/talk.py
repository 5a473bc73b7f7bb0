"""What a page and its server say to each other over the websocket: whether an answer is still to come."""

from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Talk:
    """Follows a page: `is_over` when every run of the script that was asked for has begun and ended."""

    def __init__(self, page: Page) -> None:
        self.is_over = False
        self._has_begun = False
        page.on("websocket", self._follow)

    def ask(self) -> None:
        """From now on a run is to come: something was tapped, or an address opened."""
        self.is_over = self._has_begun = False

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self.ask()

    def _received(self, frame: str | bytes) -> None:
        if not isinstance(frame, bytes):
            return
        said = ForwardMsg.FromString(frame)
        kind = said.WhichOneof("type")
        if kind == "new_session":
            self._has_begun = True
        elif kind == "script_finished" and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.is_over = self._has_begun
