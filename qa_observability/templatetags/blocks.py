"""Blocks of a page that fail by themselves: the others stand, and the reader is told which one to try again."""

import structlog
from django import template
from django.core.signals import got_request_exception
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string

register = template.Library()
log = structlog.get_logger(__name__)


class GuardedNode(Node):
    def __init__(self, name: FilterExpression, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        try:
            return self.nodelist.render(context)
        except Exception:  # whatever it is: the rest of the page is worth more than an error page
            name = self.name.resolve(context)
            request = context.get("request")
            log.exception("block_failed", block=name)
            # As Django does for a whole page: error trackers hear of it, and tests fail by it.
            got_request_exception.send(sender=type(self), request=request)
            retry = request.get_full_path() if request else ""
            return render_to_string("components/_failed.html", {"name": name, "retry": retry})


@register.tag
def guarded(parser: Parser, token: Token) -> GuardedNode:
    """`{% guarded "Trends" %}...{% endguarded %}` shows what failed, with Retry, where rendering it raises.

    What is read from the database for it alone belongs into a SimpleLazyObject, so that reading it happens here.
    """
    try:
        _, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("guarded needs the name of the block, and nothing else") from None
    nodelist = parser.parse(("endguarded",))
    parser.delete_first_token()
    return GuardedNode(parser.compile_filter(name), nodelist)
