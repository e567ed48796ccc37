"""Drives the SCIM client of g2g-scim-sync, which is made for GitHub Enterprise. Its Google half is not used."""

import asyncio
import uuid

import httpx
from g2g_scim_sync.github_client import GitHubScimClient
from g2g_scim_sync.models import GitHubGroup, ScimUser
from rows import BAD_TOKEN, TOKEN, URL, equal, raises, row


def client(token):
    """The client composes https URLs of GitHub only, so its base URL is replaced."""
    root, version = URL.rsplit("/", 1)
    scim = GitHubScimClient("127.0.0.1", token, version)
    scim.base_url = root
    return scim


def user(name, **more):
    emails = [{"value": f"{name}@example.com", "type": "work", "primary": True}]
    names = {"givenName": "Barbara", "familyName": "Jensen"}
    return ScimUser(**({"user_name": name, "emails": emails, "name": names, "external_id": name} | more))


def refused(status):
    return raises(httpx.HTTPStatusError, lambda error: error.response.status_code == status)


async def paging(scim):
    ids = {(await scim.create_user(user(f"user-{index:03}"))).id for index in range(250)}
    listed = [one.id for one in await scim.get_users()]
    equal((len(listed), set(listed)), (250, ids), "the list")


async def life_cycle(scim):
    created = await scim.create_user(user("barbara"))
    read = await scim.get_user(created.id)
    equal((read.user_name, read.external_id, read.active), ("barbara", "barbara", True), "the user")
    await scim.update_user(created.id, user("babs"))
    equal((await scim.suspend_user(created.id)).active, False, "active after suspend")
    equal((await scim.get_user(created.id)).user_name, "babs", "the name after update")
    await scim.delete_user(created.id)
    with refused(404):
        await scim.get_user(created.id)


async def groups(scim):
    users = [await scim.create_user(user(f"member-{index}")) for index in range(2)]

    async def members():
        (group,) = await scim.get_groups()
        return sorted(group.members)

    def group(*names):
        return GitHubGroup(name="Sales", slug="sales", members=list(names))

    created = await scim.create_group(group("member-0"))
    equal(await members(), [users[0].id], "the members after create")
    await scim.update_group(created.id, group("member-0", "member-1"))
    equal(await members(), sorted(one.id for one in users), "the members after add")
    await scim.update_group(created.id, group("member-1"))
    equal(await members(), [users[1].id], "the members after remove")
    await scim.update_group(created.id, group())
    equal(await members(), [], "the members at the end")


async def conflict(scim):
    await scim.create_user(user("taken"))
    with refused(409):
        await scim.create_user(user("Taken"))


async def missing(scim):
    gone = str(uuid.uuid4())
    for request in (scim.get_user, scim.suspend_user, scim.delete_user, lambda id: scim.update_user(id, user("gone"))):
        with refused(404):
            await request(gone)


async def main():
    scim = client(TOKEN)
    rows = {"paging": paging, "life cycle": life_cycle, "groups": groups, "conflict": conflict, "missing": missing}
    for name, run in rows.items():
        with row(name):
            await run(scim)
    with row("bad token"), refused(401):
        await client(BAD_TOKEN).get_users()
    await scim.close()


asyncio.run(main())
