"""URLs of the desk."""

from django.urls import path

from .views import (
    agents,
    assignment,
    callbacks,
    contact_names,
    contacts,
    conversation,
    desk,
    files,
    mentions,
    messages,
    retag,
    service_rules,
    status,
    supervision,
    tag_choices,
    viewers,
    waiting_targets,
)

app_name = "tickets"

_DESK = "projects/<uuid:project>/desk/"
_TICKET = f"{_DESK}<uuid:ticket>/"
_CALLBACKS = "projects/<uuid:project>/connect/callbacks/"

urlpatterns = [
    path(_DESK, desk.desk, name="desk"),
    path(f"{_DESK}worklist/", desk.worklist_fragment, name="worklist"),
    path(f"{_DESK}tags/", tag_choices.tags, name="tags"),
    path(f"{_DESK}status/", status.status, name="status"),
    path("projects/<uuid:project>/mentions/", mentions.mentions, name="mentions"),
    path("projects/<uuid:project>/contacts/<uuid:contact>/", contacts.contact, name="contact"),
    path("projects/<uuid:project>/contacts/<uuid:contact>/apart/", contacts.apart, name="contact_apart"),
    path("projects/<uuid:project>/contacts/<uuid:contact>/erase/", contacts.erase, name="contact_erase"),
    path("projects/<uuid:project>/contacts/<uuid:contact>/merge/<uuid:other>/", contacts.merge, name="contact_merge"),
    path("projects/<uuid:project>/lines/", supervision.waiting, name="waiting"),
    path("projects/<uuid:project>/lines/agents/", supervision.waiting_agents, name="waiting_agents"),
    path("projects/<uuid:project>/lines/close/", supervision.close_many, name="close_many"),
    path("projects/<uuid:project>/lines/transfer/", supervision.transfer_many, name="transfer_many"),
    path("projects/<uuid:project>/agents/", agents.agents, name="agents"),
    path("projects/<uuid:project>/agents/<uuid:agent>/status/", agents.agent_status, name="agent_status"),
    path("projects/<uuid:project>/late/", waiting_targets.late, name="late"),
    path("projects/<uuid:project>/sectors/<uuid:sector>/attending/", service_rules.rules, name="attending"),
    path(
        "projects/<uuid:project>/sectors/<uuid:sector>/attending/tags/",
        service_rules.rules_tags,
        name="attending_tags",
    ),
    path(_CALLBACKS, callbacks.callbacks, name="callbacks"),
    path(f"{_CALLBACKS}again/", callbacks.callbacks_again, name="callbacks_again"),
    path(f"{_CALLBACKS}pause/", callbacks.callbacks_pause, name="callbacks_pause"),
    path(f"{_CALLBACKS}secret/", callbacks.callbacks_secret, name="callbacks_secret"),
    path(f"{_CALLBACKS}<uuid:delivery>/", callbacks.callback, name="callback"),
    path(f"{_CALLBACKS}<uuid:delivery>/again/", callbacks.callback_again, name="callback_again"),
    path(_TICKET, desk.ticket, name="ticket"),
    path(f"{_TICKET}panes/", desk.panes_fragment, name="panes"),
    path(f"{_TICKET}frame/", desk.frame_fragment, name="frame"),
    path(f"{_TICKET}lines/", conversation.lines_fragment, name="lines"),
    path(f"{_TICKET}find/", conversation.find_fragment, name="find"),
    path(f"{_TICKET}presence/", viewers.presence, name="presence"),
    path(f"{_TICKET}colleagues/", mentions.colleagues, name="colleagues"),
    path(f"{_TICKET}mentions/seen/", mentions.seen, name="mentions_seen"),
    path(f"{_TICKET}quick/", desk.quick_fragment, name="quick"),
    path(f"{_TICKET}messages/", messages.message, name="message"),
    path(f"{_TICKET}messages/<uuid:message>/again/", messages.send_again, name="send_again"),
    path(f"{_TICKET}uploads/", files.upload, name="upload"),
    path(f"{_TICKET}uploads/<uuid:upload>/remove/", files.remove, name="upload_remove"),
    path(f"{_TICKET}files/", files.fragment, name="files"),
    path(f"{_TICKET}files/<uuid:file>/fetch/", files.fetch_again, name="fetch_again"),
    path(f"{_TICKET}files/<uuid:file>/", files.original, name="file"),
    path(f"{_TICKET}files/<uuid:file>/small/", files.thumbnail, name="file_thumbnail"),
    path("files/<str:token>/<str:name>", files.shared, name="shared_file"),
    path(f"{_TICKET}read/", messages.read, name="read"),
    path(f"{_TICKET}take/", assignment.take, name="take"),
    path(f"{_TICKET}close/", messages.close, name="close"),
    path(f"{_TICKET}retag/", retag.retag, name="retag"),
    path(f"{_TICKET}rename/", contact_names.rename, name="rename"),
    path(f"{_TICKET}transfer/", assignment.transfer, name="transfer"),
]
