"""Drives scim-client, which has users but neither groups nor PATCH."""

import logging
import uuid
from urllib.error import HTTPError

from rows import BAD_TOKEN, TOKEN, URL, equal, lacks, raises, row
from scim_client import SCIMClient
from scim_client.resources import User

logging.disable(logging.CRITICAL)
scim = SCIMClient(URL, TOKEN)


def user(name, **more):
    email = {"value": f"{name}@example.com", "type": "work", "primary": True}
    facts = {"id": "", "external_id": name, "user_name": name, "display_name": name, "active": True}
    facts |= {"name": {"given_name": "Barbara", "family_name": "Jensen"}, "emails": [email]}
    return User(**(facts | more))


def paging():
    ids = {scim.create_user(user(f"user-{index:03}")).id for index in range(250)}
    listed = []
    while len(listed) < 250:
        page = scim.search_users("", count=100, start_index=len(listed) + 1)
        equal(page.total_results, 250, "total_results")
        listed += [one.id for one in page.resources]
    equal((len(listed), set(listed)), (250, ids), "the list")


def life_cycle():
    created = scim.create_user(user("barbara"))
    read = scim.read_user(created.id)
    equal((read.name.family_name, read.emails[0].value), ("Jensen", "barbara@example.com"), "the user")
    read.display_name, read.active = "Babs", False
    scim.update_user(read)
    read = scim.read_user(created.id)
    equal((read.display_name, read.active), ("Babs", False), "the user after update")
    # The default of start_index is 0, which means 1.
    found = scim.search_users('userName eq "BARBARA"')
    equal([one.id for one in found.resources], [created.id], "the search")
    absent = scim.search_users('userName eq "absent"')
    equal((absent.total_results, absent.resources), (0, []), "the search without a match")
    scim.delete_user(user=read)
    with raises(HTTPError, lambda error: error.code == 404):
        scim.read_user(created.id)


def conflict():
    scim.create_user(user("taken"))
    with raises(HTTPError, lambda error: error.code == 409 and "uniqueness" in error.read().decode()):
        scim.create_user(user("Taken"))


def missing():
    gone = str(uuid.uuid4())
    requests = (scim.read_user, scim.delete_user, lambda id: scim.update_user(user("gone", id=id)))
    for request in requests:
        with raises(HTTPError, lambda error: error.code == 404):
            request(gone)


for name, run in (("paging", paging), ("life cycle", life_cycle), ("conflict", conflict), ("missing", missing)):
    with row(name):
        run()
lacks("groups", "the client has users only")
with row("bad token"):
    with raises(HTTPError, lambda error: error.code == 401):
        SCIMClient(URL, BAD_TOKEN).search_users("")
