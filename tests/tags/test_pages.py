"""The page of a sector's tags: type, Add, …, Save."""

from typing import Any

import pytest

from tags.models import Tag
from tags.operations import change_tag
from tests.builders import Desk
from tests.pages import NASTY, Pages, fields_of, said, text_of


def names(desk: Desk) -> list[str]:
    return list(Tag.objects.live().filter(sector=desk.sector).order_by("position").values_list("name", flat=True))


def test_several_tags_are_added_by_one_save(desk: Desk, pages: Pages) -> None:
    answer = pages.post("tags:list", desk.sector.pk, tags=["Refund", "Delivery", "Warranty", ""])
    assert answer.status_code == 302
    assert said(answer) == ["3 tags added."]
    assert names(desk) == ["Resolved", "Complaint", "Refund", "Delivery", "Warranty"]


def test_without_a_script_several_are_typed_between_commas(desk: Desk, pages: Pages) -> None:
    pages.post("tags:list", desk.sector.pk, tags="Refund, Delivery; refund\nWarranty,")
    assert names(desk)[2:] == ["Refund", "Delivery", "Warranty"]


def test_what_was_typed_last_and_not_added_is_saved_as_well(desk: Desk, pages: Pages) -> None:
    pages.post("tags:list", desk.sector.pk, tags=["Refund", "Typed"])
    assert names(desk)[2:] == ["Refund", "Typed"]


def test_names_that_are_there_refuse_the_lot_by_name_and_nothing_typed_is_lost(desk: Desk, pages: Pages) -> None:
    answer = pages.post("tags:list", desk.sector.pk, tags=["Refund", "RESOLVED", "cómplaint"])
    assert answer.status_code == 422
    page = text_of(answer)
    assert "already has a tag of this name" in page
    assert "RESOLVED, cómplaint" in page
    for value in ("Refund", "RESOLVED", "cómplaint"):
        assert f'name="tags" value="{value}"' in answer.content.decode()
    assert names(desk) == ["Resolved", "Complaint"]


def test_two_new_names_that_differ_by_an_accent_are_refused_by_name(desk: Desk, pages: Pages) -> None:
    answer = pages.post("tags:list", desk.sector.pk, tags=["Devolución", "devolucion"])
    assert answer.status_code == 422
    assert "Two of the new tags have the same name: Devolución, devolucion" in text_of(answer)


@pytest.mark.parametrize("lot", [[], [""], ["  ", "\t"], ["x" * 61], [f"tag {n}" for n in range(501)], ["\u200b"]])
def test_what_cannot_be_a_list_of_tags_is_refused_with_a_sentence(desk: Desk, pages: Pages, lot: list[str]) -> None:
    answer = pages.post("tags:list", desk.sector.pk, tags=lot)
    assert answer.status_code == 422
    assert answer.context["errors"]
    assert names(desk) == ["Resolved", "Complaint"]


def test_nonsense_is_answered_and_never_breaks(desk: Desk, pages: Pages) -> None:
    for value in [*NASTY, "," * 1_000_000, "a," * 500_000]:
        assert pages.post("tags:list", desk.sector.pk, tags=[value]).status_code in {302, 422}, value[:20]
        data = {"version": Tag.objects.get(pk=desk.tags[0].pk).modified_at.isoformat()}
        answer = pages.post("tags:detail", desk.tags[0].pk, **data, name=value, description=value, color=value)
        assert answer.status_code in {302, 422}, value[:20]
        assert pages.post("tags:import", desk.sector.pk, pasted=value).status_code in {302, 422}, value[:20]
    assert pages.post("tags:list", desk.sector.pk, **{f"f{n}": "x" for n in range(2000)}).status_code == 400


def typed(desk: Desk, pages: Pages, tag: Tag) -> dict[str, Any]:
    page = pages.get("tags:detail", tag.pk).content.decode()
    return fields_of(page.partition('id="merge"')[0]) | {"color": []}


def test_name_description_and_colour(desk: Desk, pages: Pages) -> None:
    data = typed(desk, pages, desk.tags[0]) | {"name": "Solved", "description": "All is well", "color": "green"}
    assert pages.post("tags:detail", desk.tags[0].pk, **data).status_code == 302
    text = text_of(pages.get("tags:list", desk.sector.pk))
    assert "Solved" in text
    assert "All is well" in text
    assert "tag--green" in pages.get("tags:list", desk.sector.pk).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": "complaint"}, {"name": ""}, {"color": "mauve"}, {"description": "x" * 201}]
)
def test_what_is_refused_stays_in_the_form(desk: Desk, pages: Pages, wrong: dict[str, str]) -> None:
    data = typed(desk, pages, desk.tags[0]) | {"name": "Kept", "description": "Kept too"}
    answer = pages.post("tags:detail", desk.tags[0].pk, **data | wrong)
    assert answer.status_code == 422
    assert ("Kept too" if "description" not in wrong else "Kept") in answer.content.decode()
    assert names(desk)[0] == "Resolved"


def test_the_second_of_two_sees_what_changed(desk: Desk, pages: Pages) -> None:
    data = typed(desk, pages, desk.tags[0])
    change_tag(desk.tags[0], by=desk.by(), name="Solved")
    answer = pages.post("tags:detail", desk.tags[0].pk, **data | {"name": "Mine"})
    assert answer.status_code == 409
    assert "Solved" in text_of(answer)
    assert names(desk)[0] == "Solved"


def test_merging_on_the_page(desk: Desk, pages: Pages) -> None:
    ticket = desk.closed_ticket()
    assert pages.post("tags:merge", desk.tags[0].pk, into=str(desk.tags[0].pk)).status_code == 422
    assert pages.post("tags:merge", desk.tags[0].pk).status_code == 422
    answer = pages.post("tags:merge", desk.tags[0].pk, into=str(desk.tags[1].pk))
    assert said(answer)[-1] == "Resolved is merged into Complaint."
    assert list(ticket.tags.all()) == [desk.tags[1]]
    archived = pages.get("tags:list", desk.sector.pk, archived="1")
    assert "merged into Complaint" in text_of(archived)
    assert pages.url("tags:restore", desk.tags[0].pk) not in archived.content.decode()


def test_a_pasted_list_is_imported(desk: Desk, pages: Pages) -> None:
    answer = pages.post("tags:import", desk.sector.pk, pasted="Refund\nDelivery, resolved;\t“Refund”\n\n")
    assert said(answer)[-1] == "2 tags added. 2 were there already."
    answer = pages.post("tags:import", desk.sector.pk, pasted="x" * 61)
    assert answer.status_code == 422
    assert "x" * 61 in answer.content.decode()


def test_the_order_of_use(desk: Desk, pages: Pages) -> None:
    desk.close(desk.open_ticket(), tags=[desk.tags[1]])
    assert pages.post("tags:by_use", desk.sector.pk).status_code == 302
    assert names(desk) == ["Complaint", "Resolved"]
    assert pages.post("tags:move", desk.tags[1].pk, step="down").status_code == 302
    assert names(desk) == ["Resolved", "Complaint"]


def test_archived_tags_come_back_and_the_last_one_stays(desk: Desk, pages: Pages) -> None:
    first, second = desk.tags
    assert pages.post("tags:archive", first.pk).status_code == 302
    assert names(desk) == ["Complaint"]
    assert "keeps at least one tag" in said(pages.post("tags:archive", second.pk))[-1]
    assert names(desk) == ["Complaint"]
    assert pages.post("tags:restore", first.pk).status_code == 302
    assert names(desk) == ["Resolved", "Complaint"]


def test_who_may(desk: Desk, other_desk: Desk) -> None:
    other = desk.add_sector()

    def status(user: object) -> int:
        return Pages(user, desk.project).get("tags:list", desk.sector.pk).status_code  # type: ignore[arg-type]

    assert status(desk.manager()) == 200
    assert status(desk.manager(other)) == 404
    assert status(desk.agent()) == 403
    assert status(other_desk.administrator) == 404
    pages = Pages(desk.administrator, desk.project)
    assert pages.get("tags:list", other_desk.sector.pk).status_code == 404
    assert pages.post("tags:detail", other_desk.tags[0].pk, name="Taken over").status_code == 404
    assert pages.post("tags:archive", other_desk.tags[0].pk).status_code == 404


def test_the_flows_own_tag_is_shown_and_left_alone(desk: Desk, pages: Pages) -> None:
    from tags.operations import tag_for_flow

    tag = tag_for_flow(desk.sector)
    assert "given when the flow itself closes" in text_of(pages.get("tags:list", desk.sector.pk))
    assert pages.post("tags:archive", tag.pk).status_code == 404


# In the list


def test_a_tag_is_edited_in_the_list_where_it_stands(desk: Desk, pages: Pages) -> None:
    tag = desk.sector.tags.get(name="Resolved")
    url, here = pages.url("tags:detail", tag.pk), pages.url("tags:list", desk.sector.pk) + "?q=sol"
    part = {"HX-Request": "true", "Referer": f"http://testserver{here}"}
    shown = pages.client.get(url, headers=part)
    assert shown["HX-Retarget"] == f"#tag-{tag.pk}"
    fields = fields_of(shown.content.decode())
    answer = pages.client.post(url, {**fields, "name": "Complaint"}, headers=part)
    assert (answer.status_code, answer["HX-Reselect"]) == (422, f"#tag-{tag.pk}")
    assert "already has a tag of this name" in text_of(answer)
    answer = pages.client.post(url, {**fields, "name": "Solved"}, headers=part)
    assert answer.url.endswith(here), "back to the list as it was"
    assert names(desk) == ["Solved", "Complaint"]


def test_of_two_who_edit_in_the_list_the_second_sees_what_changed(desk: Desk, pages: Pages) -> None:
    tag = desk.sector.tags.get(name="Resolved")
    url, part = pages.url("tags:detail", tag.pk), {"HX-Request": "true"}
    mine = fields_of(pages.client.get(url, headers=part).content.decode())
    change_tag(tag, by=desk.by(), color="red")
    answer = pages.client.post(url, {**mine, "name": "Mine", "color": ""}, headers=part)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, f"#tag-{tag.pk}")
    assert "Colour Red No colour" in text_of(answer)
    assert names(desk) == ["Resolved", "Complaint"]


def test_what_is_refused_in_the_list_is_a_toast_and_the_list_stays(desk: Desk, pages: Pages) -> None:
    tag = desk.sector.tags.get(name="Resolved")
    answer = pages.client.post(pages.url("tags:move", tag.pk), {"step": "aside"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Reswap"]) == (400, "none")
    assert "Say where it goes" in answer["HX-Trigger"]
