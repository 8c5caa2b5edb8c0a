"""WSGI entry point, for gunicorn."""

import os
from collections.abc import Mapping
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qa_observability.settings")


class Request(WSGIRequest):
    """A request whose `charset` is ignored where it names no text encoding, such as `hex`.

    Django decodes the address by it before any view or error handler is there to answer.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # private, and so not in the stubs
        except (LookupError, UnicodeError):
            (self.content_params or {}).pop("charset", None)
            self._encoding = None


class Handler(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Handler()
