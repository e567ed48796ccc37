"""Drives the command `scim` of scim2-cli, one process for each request."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

from rows import BAD_TOKEN, TOKEN, URL, equal, post, row

SCIM = os.path.join(os.path.dirname(sys.executable), "scim")
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
#: The discovery documents, so that not each command downloads them.
CACHED = []


def run(*args, token=TOKEN, data=None):
    environment = os.environ | {"SCIM_CLI_URL": URL, "SCIM_CLI_HEADERS": f"Authorization: Bearer {token}"}
    source = {"input": json.dumps(data)} if data is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run([SCIM, *CACHED, *args], env=environment, capture_output=True, text=True, **source)


def scim(*args, data=None):
    done = run(*args, data=data)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(args)}: {done.stderr or done.stdout}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def refused(text, *args, token=TOKEN, data=None):
    """Expects the text in the response or in the error that the command prints."""
    done = run(*args, token=token, data=data)
    if text not in done.stdout + done.stderr:
        raise AssertionError(f"{' '.join(args)} does not report {text}: {done.stdout}{done.stderr}")


def user(user_name, **more):
    return {"schemas": [CORE + "User"], "userName": user_name, "active": True} | more


def paging():
    # Without the CLI, which takes a process for each user.
    ids = [post("/Users", user(f"user-{index:03}"))["id"] for index in range(250)]
    listed = []
    while len(listed) < 250:
        page = scim("query", "user", "--start-index", str(len(listed) + 1), "--count", "100")
        equal(page["totalResults"], 250, "totalResults")
        listed += [one["id"] for one in page["Resources"]]
    equal((len(listed), set(listed)), (250, set(ids)), "the list by index")
    listed, cursor = [], ""
    while cursor is not None:
        page = scim("query", "user", "--cursor", cursor, "--count", "100")
        listed += [one["id"] for one in page["Resources"]]
        cursor = page.get("nextCursor")
    equal((len(listed), set(listed)), (250, set(ids)), "the list by cursor")


def life_cycle():
    email = {"value": "barbara@example.com", "type": "work", "primary": True}
    created = scim("create", "user", data=user("barbara", emails=[email], name={"familyName": "Jensen"}))
    id = created["id"]
    read = scim("query", "user", id)
    equal((read["name"]["familyName"], read["emails"]), ("Jensen", [email]), "the user")
    scim("replace", "user", data=read | {"title": "Manager"})
    scim("modify", "user", id, "replace", "active", "false", "replace", 'emails[type eq "work"].value', "b@example.com")
    read = scim("query", "user", id)
    equal((read["title"], read["active"]), ("Manager", False), "title and active")
    equal(read["emails"][0]["value"], "b@example.com", "the address")
    for command in ("query", "search"):
        found = scim(command, "user", "--filter", 'userName eq "BARBARA"')
        equal([one["id"] for one in found["Resources"]], [id], command)
    scim("delete", "user", id)
    refused("404", "query", "user", id)


def groups():
    ids = [scim("create", "user", data=user(f"member-{index}"))["id"] for index in range(2)]

    def members(id):
        return sorted(one["value"] for one in scim("query", "group", id).get("members", []))

    facts = {"schemas": [CORE + "Group"], "displayName": "Sales", "members": [{"value": ids[0]}]}
    group = scim("create", "group", data=facts)["id"]
    equal(members(group), ids[:1], "the members after create")
    added = json.dumps([{"value": ids[1]}])
    scim("modify", "group", group, "add", "members", added, "replace", "displayName", "Sales West")
    equal(members(group), sorted(ids), "the members after add")
    scim("modify", "group", group, "remove", f'members[value eq "{ids[0]}"]')
    equal(members(group), ids[1:], "the members after remove")
    scim("modify", "group", group, "remove", "members")
    equal(members(group), [], "the members at the end")
    scim("delete", "group", group)


def conflict():
    scim("create", "user", data=user("taken"))
    refused("uniqueness", "create", "user", data=user("Taken"))


def missing():
    gone = str(uuid.uuid4())
    for args in (["query"], ["delete"], ["modify"]):
        more = ["replace", "active", "false"] if args == ["modify"] else []
        refused("404", *args, "user", gone, *more)


def bad_token():
    refused("401", "query", "user", token=BAD_TOKEN)


folder = tempfile.mkdtemp()
for option, endpoint in (("-s", "schema"), ("-r", "resourcetype"), ("-c", "serviceproviderconfig")):
    path = f"{folder}/{endpoint}.json"
    document = scim("query", endpoint)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document.get("Resources", document), file)
    CACHED += [option, path]
rows = {"paging": paging, "life cycle": life_cycle, "groups": groups, "conflict": conflict, "missing": missing}
for name, drive in (rows | {"bad token": bad_token}).items():
    with row(name):
        drive()
shutil.rmtree(folder)
