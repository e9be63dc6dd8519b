"""Addresses of the desk."""

from django.urls import path

from .views import (
    actions,
    agents,
    attending,
    choosing,
    files,
    handing,
    late,
    lines,
    lineview,
    mentions,
    pages,
    presence,
    retagging,
    status,
)

app_name = "tickets"

_DESK = "projects/<uuid:project>/desk/"
_TICKET = f"{_DESK}<uuid:ticket>/"

urlpatterns = [
    path(_DESK, pages.desk, name="desk"),
    path(f"{_DESK}worklist/", pages.worklist_fragment, name="worklist"),
    path(f"{_DESK}tags/", choosing.tags, name="tags"),
    path(f"{_DESK}status/", status.status, name="status"),
    path("projects/<uuid:project>/mentions/", mentions.mentions, name="mentions"),
    path("projects/<uuid:project>/lines/", lineview.waiting, name="waiting"),
    path("projects/<uuid:project>/lines/agents/", lineview.waiting_agents, name="waiting_agents"),
    path("projects/<uuid:project>/lines/close/", lineview.close_many, name="close_many"),
    path("projects/<uuid:project>/lines/transfer/", lineview.transfer_many, name="transfer_many"),
    path("projects/<uuid:project>/agents/", agents.agents, name="agents"),
    path("projects/<uuid:project>/agents/<uuid:agent>/status/", agents.agent_status, name="agent_status"),
    path("projects/<uuid:project>/late/", late.late, name="late"),
    path("projects/<uuid:project>/sectors/<uuid:sector>/attending/", attending.rules, name="attending"),
    path(
        "projects/<uuid:project>/sectors/<uuid:sector>/attending/tags/", attending.rules_tags, name="attending_tags"
    ),
    path(_TICKET, pages.ticket, name="ticket"),
    path(f"{_TICKET}panes/", pages.panes_fragment, name="panes"),
    path(f"{_TICKET}frame/", pages.frame_fragment, name="frame"),
    path(f"{_TICKET}lines/", lines.lines_fragment, name="lines"),
    path(f"{_TICKET}find/", lines.find_fragment, name="find"),
    path(f"{_TICKET}presence/", presence.presence, name="presence"),
    path(f"{_TICKET}colleagues/", mentions.colleagues, name="colleagues"),
    path(f"{_TICKET}mentions/seen/", mentions.seen, name="mentions_seen"),
    path(f"{_TICKET}quick/", pages.quick_fragment, name="quick"),
    path(f"{_TICKET}messages/", actions.message, name="message"),
    path(f"{_TICKET}messages/<uuid:message>/again/", actions.send_again, name="send_again"),
    path(f"{_TICKET}uploads/", files.upload, name="upload"),
    path(f"{_TICKET}uploads/<uuid:upload>/remove/", files.remove, name="upload_remove"),
    path(f"{_TICKET}files/<uuid:file>/", files.original, name="file"),
    path(f"{_TICKET}files/<uuid:file>/small/", files.thumbnail, name="file_thumbnail"),
    path("files/<str:token>/<str:name>", files.shared, name="shared_file"),
    path(f"{_TICKET}read/", actions.read, name="read"),
    path(f"{_TICKET}take/", handing.take, name="take"),
    path(f"{_TICKET}close/", actions.close, name="close"),
    path(f"{_TICKET}retag/", retagging.retag, name="retag"),
    path(f"{_TICKET}transfer/", handing.transfer, name="transfer"),
]
