"""Drives scim2-client: `driver.py sync` or `driver.py async`. Models come from discovery."""

import asyncio
import sys
import uuid

import httpx2
from rows import BAD_TOKEN, TOKEN, URL, equal, raises, row
from scim2_client import SCIMClientException
from scim2_client.engines.httpx2 import AsyncSCIMClient, SyncSCIMClient
from scim2_models import PatchOp, PatchOperation, SCIMException, SearchRequest

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Awaited:
    """Lets the same driver await the synchronous client."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        value = getattr(self.client, name)
        if name not in ("create", "query", "search", "replace", "modify", "delete", "discover"):
            return value

        async def call(*args, **kwargs):
            return value(*args, **kwargs)

        return call


def client(token):
    settings = {"base_url": URL, "headers": {"Authorization": f"Bearer {token}"}}
    if sys.argv[1] == "async":
        return AsyncSCIMClient(httpx2.AsyncClient(**settings))
    return Awaited(SyncSCIMClient(httpx2.Client(**settings)))


def operation(op, path, value=None):
    return PatchOperation(op=op, path=path, value=value)


async def life_cycle(scim, User):
    Enterprise = User.get_extension_model("EnterpriseUser")
    user = User(user_name="barbara@example.com", external_id="701984", active=True)
    user.name = User.Name(given_name="Barbara", family_name="Jensen")
    user.emails = [User.Emails(value="barbara@example.com", type="work", primary=True)]
    user[Enterprise] = Enterprise(department="Sales")
    created = await scim.create(user)
    read = await scim.query(User, created.id)
    equal(read.name.family_name, "Jensen", "the family name")
    equal(read[Enterprise].department, "Sales", "the department")
    read.title = "Manager"
    replaced = await scim.replace(read)
    equal(replaced.title, "Manager", "the title after replace")
    patch = PatchOp[User](
        operations=[operation("replace", "active", False), operation("remove", "title")]
    )
    await scim.modify(replaced, patch_op=patch)
    read = await scim.query(User, created.id)
    equal((read.active, read.title), (False, None), "active and title after modify")
    search = SearchRequest(filter='userName eq "BARBARA@example.com"')
    for found in (await scim.query(User, query_parameters=search), await scim.search(User, search)):
        equal([one.id for one in found.resources], [created.id], "the search")
    await scim.delete(read)
    with raises(SCIMException, lambda error: error.status == 404):
        await scim.query(User, created.id)


async def paging(scim, User):
    ids = {(await scim.create(User(user_name=f"user-{index:03}"))).id for index in range(250)}
    listed = []
    while len(listed) < 250:
        page = SearchRequest(start_index=len(listed) + 1, count=100)
        response = await scim.query(User, query_parameters=page)
        equal(response.total_results, 250, "totalResults")
        listed += [user.id for user in response.resources]
    equal((len(listed), set(listed)), (250, ids), "the list by index")
    listed, cursor = [], ""
    while cursor is not None:
        response = await scim.query(User, query_parameters=SearchRequest(cursor=cursor, count=100))
        listed += [user.id for user in response.resources]
        cursor = response.next_cursor
    equal((len(listed), set(listed)), (250, ids), "the list by cursor")


async def groups(scim, User, Group):
    users = [await scim.create(User(user_name=f"member-{index}")) for index in range(2)]

    async def members(group):
        read = await scim.query(Group, group.id)
        return sorted(member.value for member in read.members or [])

    first = Group.Members(value=users[0].id)
    group = await scim.create(Group(display_name="Sales", members=[first]))
    equal(await members(group), [users[0].id], "the members after create")
    second = operation("add", "members", [Group.Members(value=users[1].id)])
    renamed = operation("replace", "displayName", "Sales West")
    await scim.modify(group, patch_op=PatchOp[Group](operations=[second, renamed]))
    with raises(SCIMException, lambda error: error.status == 412):
        # The client sends the version of the object that it has.
        await scim.modify(group, patch_op=PatchOp[Group](operations=[renamed]))
    equal(await members(group), sorted(user.id for user in users), "the members after add")
    user = await scim.query(User, users[1].id)
    equal([one.display for one in user.groups], ["Sales West"], "the groups of the user")
    left = operation("remove", f'members[value eq "{users[0].id}"]')
    await scim.modify(Group, group.id, patch_op=PatchOp[Group](operations=[left]))
    equal(await members(group), [users[1].id], "the members after remove")
    read = await scim.query(Group, group.id)
    read.members = []
    await scim.replace(read)
    # The client omits an empty list, and a PUT without members keeps them.
    equal(await members(group), [users[1].id], "the members after replace")
    await scim.modify(Group, group.id, patch_op=PatchOp[Group](operations=[operation("remove", "members")]))
    equal(await members(group), [], "the members at the end")
    await scim.delete(Group, group.id)


async def conflict(scim, User):
    await scim.create(User(user_name="taken"))
    with raises(SCIMException, lambda error: (error.status, error.scim_type) == (409, "uniqueness")):
        await scim.create(User(user_name="Taken"))


async def missing(scim, User):
    gone = str(uuid.uuid4())
    patch = PatchOp[User](operations=[operation("replace", "active", False)])
    for request in (
        lambda: scim.query(User, gone),
        lambda: scim.replace(User(id=gone, user_name="gone")),
        lambda: scim.modify(User, gone, patch_op=patch),
        lambda: scim.delete(User, gone),
    ):
        with raises(SCIMException, lambda error: error.status == 404):
            await request()


async def main():
    scim = client(TOKEN)
    await scim.discover()
    User, Group = scim.get_resource_model("User"), scim.get_resource_model("Group")
    with row("paging"):
        await paging(scim, User)
    with row("life cycle"):
        await life_cycle(scim, User)
    with row("groups"):
        await groups(scim, User, Group)
    with row("conflict"):
        await conflict(scim, User)
    with row("missing"):
        await missing(scim, User)
    with row("bad token"):
        with raises((SCIMException, SCIMClientException), lambda error: error.status == 401):
            await client(BAD_TOKEN).discover()


asyncio.run(main())
