"""What a flow sends is kept, whatever its form (docs/rules.md, Intake; docs/flow.md, What is kept)."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from tests.builders import fresh
from tickets import operations
from tickets.errors import TicketClosed
from tickets.intake import MARK, Intake, Urn
from tickets.models import RECEIVED_TEXT_LENGTH, Contact, IntakeCorrection, Message, Ticket

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LONG_AGO = {"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}


class TestTimes:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ("2026-11-29T10:00:00Z", datetime(2026, 11, 29, 10, tzinfo=UTC)),
            ("2026-11-29t10:00:00.123456789z", datetime(2026, 11, 29, 10, 0, 0, 123456, tzinfo=UTC)),
            ("2026-11-29T10:00:00.5+05:45", datetime(2026, 11, 29, 4, 15, 0, 500000, tzinfo=UTC)),
            ("2026-11-29 10:00:00-0300", datetime(2026, 11, 29, 13, tzinfo=UTC)),
            ("2026-11-29T10:00", datetime(2026, 11, 29, 10, tzinfo=UTC)),
            ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
            ("2026-12-01T12:00:00Z", NOW + timedelta(days=1)),
            ("1999-12-31T23:59:59Z", None),
            ("2026-12-01T12:00:00.000001Z", None),
            ("0001-01-01T00:00:00Z", None),
            ("9999-12-31T23:59:59Z", None),
            ("0001-01-01T00:00:00+14:00", None),
            ("9999-12-31T23:59:59-14:00", None),
            ("0000-01-01T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-29", None),
            ("yesterday", None),
            ("", None),
            (1893456000, None),
            ({}, None),
        ],
    )
    def test_a_time_is_believed_if_it_can_be(self, given, found):
        intake = Intake(NOW)
        assert intake.instant(given) == found
        assert intake.corrections == ({} if found else {"time": 1})

    def test_no_time_is_no_correction(self):
        intake = Intake(NOW)
        assert intake.instant(None) is None
        assert not intake.corrections


class TestTexts:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("  Ana\r\n Lima\t", "Ana Lima"),
            ("\u202eanA\u202c", "anA"),
            ("A\u0301na", "Ána"),
            ("👩\u200d🚒", "👩\u200d🚒"),
            (7, "7"),
            (None, ""),
            ([], ""),
            (True, ""),
            ("x" * 11, "x" * 9 + "…"),
        ],
    )
    def test_a_name_is_one_line(self, given, kept):
        assert Intake(NOW).line(given, 10) == kept

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (" a\nb ", "a\nb"),
            (None, ""),
            (5, "5"),
            ({"a": ["é"]}, '{"a": ["é"]}'),
            ("x" * RECEIVED_TEXT_LENGTH, "x" * RECEIVED_TEXT_LENGTH),
            ("x" * (RECEIVED_TEXT_LENGTH + 1), "x" * (RECEIVED_TEXT_LENGTH - len(MARK)) + MARK),
        ],
        ids=["lines", "null", "number", "object", "longest", "longer"],
    )
    def test_what_was_said(self, given, kept):
        assert Intake(NOW).text(given) == kept

    def test_an_id_that_is_too_long_stays_the_same_id(self):
        intake = Intake(NOW)
        long, other = ("x" * 300, "x" * 299 + "y")
        assert intake.identifier(long, 255) == intake.identifier(long, 255)
        assert intake.identifier(long, 255) != intake.identifier(other, 255)
        assert len(intake.identifier(long, 64)) == 64
        assert intake.identifier("x" * 64, 64) == "x" * 64
        assert intake.corrections == {"hashed": 5}

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("whatsapp:5511987654321", Urn("whatsapp:5511987654321")),
            (
                "fcm:abc?auth=secret&channel=0b5e6f1e-2f43-4b0a-9a5f-5f6f7d1c0001&id=7&priority=50#Ana",
                Urn("fcm:abc", "Ana", "0b5e6f1e-2f43-4b0a-9a5f-5f6f7d1c0001"),
            ),
            ("Telegram:12#bob?auth=x", Urn("telegram:12", "bob?auth=x")),
            ("tel:+5511?auth=a?b", Urn("tel:+5511")),
            ("nothing", Urn("nothing")),
            ("WhatsApp:" + "1" * 300, Urn(f"whatsapp:{sha256(b'whatsapp:' + b'1' * 300).hexdigest()}")),
            (None, Urn()),
            (7, Urn("7")),
        ],
    )
    def test_of_a_urn_its_query_is_not_kept(self, given, kept):
        assert Intake(NOW).urn(given) == kept

    def test_fields_that_are_too_large_leave_the_others(self):
        intake = Intake(NOW)
        kept = intake.fields({"a": 1, "b": ["y" * 9_000] * 8, "c": "z" * 20_000, "d": None})
        assert set(kept) == {"a", "c", "d"}
        assert kept["c"].endswith(MARK)
        assert intake.corrections == {"left_out": 1, "cut": 1}

    @pytest.mark.parametrize("given", [7, "x", [], True])
    def test_fields_that_are_none(self, given):
        assert Intake(NOW).fields(given) == {}


def of_day(hour, text="x", *, direction="incoming", **values):
    return {"text": text, "direction": direction, "created_on": f"2024-01-01T{hour}:00:00Z", **values}


def sector_of(desk):
    return str(desk.sector.pk)


@pytest.fixture
def room(desk, flow):
    return flow.open(sector_uuid=sector_of(desk)).json()["uuid"]


class TestAttachments:
    FORMS = [
        ("image", "https://files.example.org/1.jpg"), ("image/jpeg", "https://files.example.org/2.jpg"),
        ("image:", "x"), ("audio:ogg", "https://files.example.org/a b.ogg"), ("video", "/relative/film.mp4"),
        ("document", "https://files.example.org/d.pdf"), ("application/pdf", "ftp://files.example.org/d.pdf"),
        ("geo", "-23.5505,-46.6333"), ("geo:", "91,181"), ("unavailable", ""), ("", "https://files.example.org/"),
        (None, "data:text/plain,x"), ("x" * 500, "https://files.example.org/" + "y" * 9000), (7, 7), ("image", None),
        ("image", "https://files.example.org/a%00%2F%E2%80%AEb.jpg"),
    ]  # fmt: skip

    def test_whatever_its_form_a_file_opens_and_is_there(self, desk, flow):
        files = [{"content_type": kind, "url": url} for kind, url in self.FORMS]
        history = [of_day(f"{n:02}", "", attachments=[file]) for n, file in enumerate(files)]
        opened = flow.open(sector_uuid=sector_of(desk), history=history)
        assert opened.status_code == 201
        said = [flow.say(opened.json()["uuid"], "", attachments=[file]) for file in files]
        assert {answer.status_code for answer in said} == {201}
        assert said[7].json()["media"] == [{"content_type": "geo", "url": "-23.5505,-46.6333"}]
        assert said[3].json()["media"][0]["url"] == "https://files.example.org/a b.ogg"
        messages = Message.objects.filter(ticket=opened.json()["uuid"]).prefetch_related("attachments")
        assert [m.attachments.count() for m in messages] == [1] * 2 * len(files)

    @pytest.mark.parametrize("given", [None, [], {}, "https://files.example.org/x", [[], 7, None], [{}]])
    def test_what_is_no_list_of_files(self, flow, room, given):
        assert flow.say(room, "Words", attachments=given).status_code == 201

    def test_a_hundred_files_are_kept(self, flow, room):
        files = [{"content_type": "image", "url": f"https://files.example.org/{n}"} for n in range(130)]
        assert len(flow.say(room, "", attachments=files).json()["media"]) == 100


class TestMessages:
    def test_a_long_text_is_cut_with_a_mark(self, flow, room):
        said = flow.say(room, "é" * 90_000).json()
        assert len(said["text"]) == RECEIVED_TEXT_LENGTH
        assert said["text"].endswith(MARK)

    def test_an_empty_message_with_metadata_is_a_line(self, flow, room):
        assert flow.say(room, "", metadata={"flow": "reply"}).status_code == 201
        large = flow.say(room, "", metadata={"order": [{"sku": "x" * 100}] * 700})
        assert large.status_code == 201
        assert Message.objects.get(pk=large.json()["uuid"]).metadata.endswith(MARK)
        assert flow.say(room, "", attachments=[{}]).json()["media"] == [{"content_type": "", "url": ""}]
        assert flow.say(room, "").json()["code"] == "empty_message"

    def test_a_long_external_id_is_still_an_id(self, flow, room):
        first, again = (flow.say(room, "One", external_id="x" * 400) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["uuid"] == again.json()["uuid"]

    @pytest.mark.parametrize("direction", ["sideways", None, 7, "INCOMING", ""])
    def test_a_direction_that_says_nothing_is_the_contacts(self, flow, room, direction):
        said = flow.say(room, "Who?", direction=direction).json()
        assert said["contact"] is not None

    def test_what_was_corrected_is_counted(self, flow, room):
        flow.say(room, "x" * 70_000, external_id="y" * 300, created_on="0001-01-01T00:00:00Z")
        found = IntakeCorrection.objects.values_list("kind", "amount")
        assert sorted(found) == [("cut", 1), ("hashed", 1), ("time", 1)]
        for _ in range(9):
            operations.count_corrections({"cut": 2, "time": 1})
        operations.sum_corrections()
        assert sorted(found.all()) == [("cut", 19), ("hashed", 1), ("time", 10)]

    @pytest.mark.parametrize("raw", [b'{"room": "%s", "text": "ol\xe1"}', b'{"room": "%s", "text": "ol\xc3\xa1"}'])
    def test_words_in_another_encoding_are_read(self, flow, room, raw):
        answer = flow.call("POST", "/msgs/", raw=raw % room.encode())
        assert (answer.status_code, answer.json()["text"]) == (201, "olá")

    def test_signs_that_cannot_be_stored_are_left_out(self, flow, room):
        answer = flow.call("POST", "/msgs/", raw=b'{"room": "%s", "text": "a\\u0000b\\ud800c"}' % room.encode())
        assert answer.json()["text"] == "abc"

    def test_more_than_a_megabyte_is_too_large_for_a_message(self, flow, room):
        answer = flow.say(room, "x" * 1_100_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        batch = [of_day("10", "x" * 1_100_000)]
        assert flow.call("POST", f"/rooms/{room}/history/", batch).status_code == 201


class TestContacts:
    def test_what_is_empty_wipes_nothing(self, desk, flow):
        ana = {
            "external_id": "c-15", "name": "Ana Lima", "email": "ana@example.org", "phone": "+5511900000015",
            "urn": "whatsapp:5511900000015?auth=secret", "custom_fields": {"plan": "gold", "city": "Lima"},
            "groups": [{"uuid": "g", "name": "VIP"}],
        }  # fmt: skip
        blank = {"custom_fields": {"plan": "", "city": None}, "groups": []}
        for later in ({}, dict.fromkeys(ana, ""), blank):
            for contact in (ana, {**later, "external_id": "c-15"}):
                room = flow.open(sector_uuid=sector_of(desk), contact=contact).json()
                assert (room["contact"]["name"], room["contact"]["email"]) == ("Ana Lima", "ana@example.org")
                assert room["contact"]["custom_fields"] == {"plan": "gold", "city": "Lima"}
                flow.call("PATCH", f"/rooms/{room['uuid']}/close/", None)
        known = Contact.objects.get(external_id="c-15")
        assert (known.urn, known.phone, known.groups) == ("whatsapp:5511900000015", ana["phone"], ana["groups"])
        flow.open(
            sector_uuid=sector_of(desk), contact={"external_id": "c-15", "name": "Ana", "custom_fields": {"a": 1}}
        )
        known.refresh_from_db()
        assert (known.name, known.email, known.custom_fields["a"]) == ("Ana", "ana@example.org", 1)

    def test_fields_added_without_end_make_room(self, flow, room):
        for n in range(5):
            answer = flow.call(
                "PATCH", f"/rooms/{room}/", {"custom_fields": {f"field {n}": "x" * 15_000 for n in (n, n + 5)}}
            )
        kept = answer.json()["custom_fields"]
        assert "field 4" in kept
        for n in range(10, 20):
            answer = flow.call("PATCH", f"/rooms/{room}/", {"custom_fields": {f"field {n}": "x" * 15_000}})
        kept = answer.json()["custom_fields"]
        assert list(kept)[-1] == "field 19"
        assert len(kept) == 8

    def test_an_anonymous_contact_is_shown_to_nobody_until_the_flow_says_otherwise(self, desk, flow):
        for n, said in enumerate(
            ({"urn": "5511999990000"}, {"phone": "11 99999-0000"}, {"urn": "whatsapp:5511999990000"})
        ):
            contact = {"external_id": f"anon {n}", **said}
            rooms = [
                flow.open(sector_uuid=sector_of(desk), contact=contact, is_anon=True).json(),
                flow.open(sector_uuid=sector_of(desk), contact=contact).json(),
            ]
            assert rooms[0]["uuid"] == rooms[1]["uuid"]
            known = Contact.objects.get(external_id=f"anon {n}")
            assert (known.urn_to_show, known.phone_to_show) == ("", "")
            assert Ticket.objects.get(pk=rooms[0]["uuid"]).is_anon
            assert not Contact.objects.matching("99999").exists()
        flow.open(sector_uuid=sector_of(desk), contact=contact, is_anon=False)
        assert Contact.objects.get(external_id="anon 2").urn_to_show == "whatsapp:5511999990000"

    def test_a_number_told_later_gives_nobody_the_ticket_of_its_owner(self, desk, flow):
        web = {"external_id": "web", "urn": "webchat:1"}
        first = flow.open(sector_uuid=sector_of(desk), contact=web).json()
        flow.call("PATCH", f"/rooms/{first['uuid']}/close/", None)
        owner = {"external_id": "owner", "urn": "whatsapp:5511999990000"}
        theirs = flow.open(sector_uuid=sector_of(desk), contact=owner).json()
        told = {"external_id": "web", "phone": "+5511999990000"}
        answer = flow.open(sector_uuid=sector_of(desk), contact=told)
        assert answer.status_code == 201
        assert answer.json()["uuid"] != theirs["uuid"]

    def test_names_without_end(self, desk, flow):
        body = flow.room(sector_uuid=sector_of(desk))
        body["contact"] |= dict.fromkeys(["name", "urn", "phone", "email"], "x" * 1_000_000)
        body |= {"protocol": "p" * 100, "ticket_uuid": "t" * 100, "custom_fields": {"x": "y" * 70_000}}
        assert flow.call("POST", "/rooms/", body).status_code == 201
        assert flow.call("POST", "/rooms/", body).status_code == 200

    def test_only_a_contact_without_an_id_is_refused(self, desk, flow):
        for contact in ({}, {"external_id": ""}, {"external_id": None}, {"external_id": []}, None, "Ana"):
            answer = flow.open(sector_uuid=sector_of(desk), contact=contact)
            assert answer.status_code == 400
            assert any(name.startswith("contact") for name in answer.json()["errors"])


class TestOpening:
    @pytest.mark.parametrize("url", ["ftp://x.org/", "x", "http://", "http://[::1", "http://a b/", "http://x:99999/",
                                     "https://ex\nample.org/", "javascript:alert(1)", 7, "h" * 9000])  # fmt: skip
    def test_an_address_that_cannot_be_reached_is_no_reason_to_refuse(self, desk, flow, url):
        assert flow.open(sector_uuid=sector_of(desk), callback_url=url).status_code == 201

    @pytest.mark.parametrize("empty", [None, ""])
    def test_an_empty_place_is_none(self, desk, flow, empty):
        assert flow.open(sector_uuid=sector_of(desk), queue_uuid=empty).status_code == 201

    def test_an_anonymous_contact_in_any_form(self, desk, flow):
        for said in (True, "true", 1, "1"):
            room = flow.open(sector_uuid=sector_of(desk), is_anon=said).json()
            assert Ticket.objects.get(pk=room["uuid"]).is_anon
        assert not Ticket.objects.get(pk=flow.open(sector_uuid=sector_of(desk), is_anon="no").json()["uuid"]).is_anon

    @pytest.mark.parametrize("fields", [[], "x", {"a": [[[[[[1]]]]]]}, {"a" * 9000: 1e308, "": None}])
    def test_fields_of_any_kind(self, desk, flow, fields):
        assert flow.open(sector_uuid=sector_of(desk), custom_fields=fields).status_code == 201

    def test_what_is_nested_deeply_is_kept_as_text(self, desk, flow):
        deep = b'{"a":' * 200 + b"1" + b"}" * 200
        body = b'{"sector_uuid": "%s", "contact": {"external_id": "c"}, "custom_fields": %s, "big": 1e999, "n": %s}'
        answer = flow.call("POST", "/rooms/", raw=body % (sector_of(desk).encode(), deep, b"9" * 5000))
        assert answer.status_code == 201
        kept = answer.json()["custom_fields"]
        while isinstance(kept, dict):
            kept = kept["a"]
        assert isinstance(kept, str)
        assert kept.startswith('{"a": {"a":')
        assert "1" in kept


class TestHistory:
    def test_one_odd_line_costs_no_other(self, desk, flow):
        batch = [of_day("10", "a"), of_day("11", ""), 7, None, [], {}, of_day("12", "b" * 100_000),
                 {"text": "c", "direction": "sideways", "created_on": "yesterday"},
                 of_day("13", "", attachments=[{"url": "not there yet"}])]  # fmt: skip
        opened = flow.open(sector_uuid=sector_of(desk), history=batch)
        assert opened.status_code == 201
        rows = Message.objects.filter(ticket=opened.json()["uuid"], is_history=True).order_by("created_on", "id")
        assert [row.text[:1] for row in rows] == ["a", "b", "", "c"]
        assert rows[1].text.endswith(MARK)

    @pytest.mark.parametrize("history", [None, {}, "x", 7, [[]], of_day("10")])
    def test_what_is_no_batch(self, desk, flow, history):
        assert flow.open(sector_uuid=sector_of(desk), history=history).status_code == 201

    def test_three_pictures_of_one_second_are_three(self, desk, flow):
        album = [
            of_day(
                "10", "", attachments=[{"content_type": "image/jpeg", "url": f"https://files.example.org/{n}.jpg"}]
            )
            for n in range(3)
        ]
        room = flow.open(sector_uuid=sector_of(desk), history=album).json()["uuid"]
        assert flow.call("POST", f"/rooms/{room}/history/", album).json() == {"received": 3, "stored": 0}
        assert Message.objects.filter(ticket=room).count() == 3

    @pytest.mark.parametrize("when", sorted(LONG_AGO))
    def test_an_impossible_time_is_that_of_arrival_and_known_again(self, desk, flow, client, when):
        said = [{"text": "bot hello", "direction": "outgoing", "created_on": when, "attachments": []}]
        opened = flow.open(sector_uuid=sector_of(desk), history=said, created_on=when)
        room = opened.json()["uuid"]
        assert flow.call("POST", f"/rooms/{room}/history/", said).json()["stored"] == 0
        client.force_login(desk.administrator)
        for zone in ("Pacific/Pago_Pago", "America/Sao_Paulo", "Pacific/Kiritimati"):
            type(desk.sector).objects.filter(pk=desk.sector.pk).update(timezone=zone)
            base = f"/projects/{desk.project.pk}/desk/{room}/"
            for page in (base, f"{base}panes/", f"{base}lines/"):
                assert client.get(page).status_code == 200

    def test_what_came_late_goes_into_the_conversation(self, desk, flow):
        agent = desk.agent_online()
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        ticket = fresh(Ticket.objects.get(pk=room))
        start = ticket.opened_at
        flow.say(
            room, "Are you there?", attachments=[{"content_type": "image", "url": "https://files.example.org/1"}]
        )
        flow.say(room, "ok")
        desk.reply(ticket, agent, "Here I am")

        def line(seconds, text, direction="incoming", url=""):
            at = (start + timedelta(seconds=seconds)).isoformat()
            files = [{"content_type": "image", "url": url}] if url else []
            return {"text": text, "direction": direction, "created_on": at, "attachments": files}

        batch = [
            line(-60, "I need help"),
            line(1, "Are you there?", url="https://files.example.org/1"),
            line(2, "ok"),
            line(3, "Here I am", "outgoing"),
            line(30, "ok"),
            line(31, "Lost on the way"),
        ]
        assert flow.call("POST", f"/rooms/{room}/history/", batch).json()["stored"] == 3
        assert flow.call("POST", f"/rooms/{room}/history/", batch).json()["stored"] == 0
        assert [m.text for m in Message.objects.filter(ticket=room, is_history=True)] == ["I need help"]
        late = Message.objects.filter(ticket=room, is_late=True).order_by("number")
        assert [m.text for m in late] == ["ok", "Lost on the way"]
        assert late[1].created_on == start + timedelta(seconds=31)
        assert fresh(ticket).unread_count == 2
        assert fresh(ticket).unanswered_since is not None


class TestAfterClosing:
    def closed(self, desk, **values):
        agent = desk.agent_online()
        return desk.close(desk.open_ticket(**values), by=agent)

    def test_until_the_flow_knows_of_it_messages_are_taken(self, desk, flow, client):
        ticket = self.closed(desk, callback_url="https://flows.example.org/callback")
        assert flow.say(str(ticket.pk), "One more thing").status_code == 201
        after = fresh(ticket)
        assert (after.is_closed, after.unread_count, after.unanswered_since) == (True, 0, None)
        client.force_login(desk.administrator)
        page = client.get(f"/projects/{desk.project.pk}/history/{ticket.pk}/").content.decode()
        assert "One more thing" in page
        assert "after closing" in page

    def test_when_the_flow_has_been_told_or_time_is_over_it_is_refused(self, desk, flow):
        ticket = self.closed(desk, callback_url="https://flows.example.org/callback")
        later = ticket.closed_at + timedelta(seconds=119)
        assert operations.receive(ticket.pk, "In time", now=later)[1]
        with pytest.raises(TicketClosed):
            operations.receive(ticket.pk, "Too late", now=ticket.closed_at + timedelta(minutes=2))
        ticket.deliveries.update(state="sent", delivered_at=timezone.now() - timedelta(seconds=11))
        assert flow.say(str(ticket.pk), "Told").json()["code"] == "room_closed"

    def test_what_the_flow_closed_it_knows(self, desk, flow):
        room = flow.open(sector_uuid=sector_of(desk)).json()["uuid"]
        flow.call("PUT", f"/rooms/{room}/close/", None)
        assert flow.say(room).json()["code"] == "room_closed"
