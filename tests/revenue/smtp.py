"""A small mail server on a local socket, which takes, refuses or drops what it is sent."""

import socketserver
import threading
from email import message_from_bytes, policy
from typing import Any


class MailServer:
    """Speaks enough SMTP for smtplib; `behave` is called with each command and may answer in its place.

    It returns an answer such as `451 later`, `drop` to close the connection, or None to go on as usual.
    """

    def __init__(self, behave: Any = lambda command: None) -> None:
        self.behave = behave
        self.messages: list[Any] = []
        self.recipients: list[str] = []
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                owner._talk(self.rfile, self.wfile)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _talk(self, lines: Any, out: Any) -> None:
        def say(answer: str) -> None:
            out.write(f"{answer}\r\n".encode())

        say("220 local")
        for line in lines:
            command = line.decode().strip()
            answer = self.behave(command)
            if answer == "drop":
                return
            if answer:
                say(answer)
            elif command.upper().startswith("DATA"):
                say("354 go on")
                self._take(lines)
                answer = self.behave("<message>")
                if answer == "drop":
                    return
                say(answer or "250 taken")
            elif command.upper().startswith("QUIT"):
                say("221 bye")
                return
            else:
                if command.upper().startswith("RCPT"):
                    self.recipients.append(command.split("<")[1].rstrip(">"))
                say("250 fine")

    def _take(self, lines: Any) -> None:
        data = b""
        for line in lines:
            if line == b".\r\n":
                break
            data += line
        self.messages.append(message_from_bytes(data, policy=policy.default))
