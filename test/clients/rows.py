"""Reports the rows of a Python client: one line of JSON each. The runner is test/tools/check-clients.ts."""

import contextlib
import json
import os
import traceback
import urllib.request

URL = os.environ["SCIM_URL"]
TOKEN = os.environ["SCIM_TOKEN"]
#: A token with the form of one of Rollcall's that belongs to no directory.
BAD_TOKEN = os.environ["SCIM_BAD_TOKEN"]


def report(name, outcome, saw=""):
    print(json.dumps({"row": name, "outcome": outcome, "saw": saw}), flush=True)


@contextlib.contextmanager
def row(name):
    """Runs the block: the row passes unless it raises an exception."""
    try:
        yield
    except Exception as error:
        report(name, "fails", " ".join(f"{type(error).__name__}: {error}".split())[:400])
        if "CLIENTS_TRACE" in os.environ:
            traceback.print_exc()
    else:
        report(name, "passes")


def lacks(name, saw):
    """The client has no function for the row."""
    report(name, "lacks", saw)


def equal(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what} is {got!r}, expected {expected!r}")


@contextlib.contextmanager
def raises(kind, check=lambda error: True):
    """Expects the client's own exception for a refusal. @param check returns whether the exception has the details"""
    try:
        yield
    except kind as error:
        if not check(error):
            raise AssertionError(f"the exception lacks the details: {error!r}") from error
    else:
        raise AssertionError("the client raised no exception")


def post(path, body):
    """Creates a resource without the client."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request) as response:
        return json.load(response)
